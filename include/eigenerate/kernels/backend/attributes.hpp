#pragma once
// Compiler spellings that the backends need.

/// For the loops over the registers of a micro-kernel: these must vanish for the array to live in registers.
#if defined(__clang__)
#define EIGENERATE_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define EIGENERATE_UNROLL _Pragma("GCC unroll 16")
#else
#define EIGENERATE_UNROLL
#endif

/// Whether the x86 backends can be compiled: they need target attributes and __builtin_cpu_supports.
#if defined(__x86_64__) && defined(__GNUC__)
#define EIGENERATE_X86_BACKENDS 1
#else
#define EIGENERATE_X86_BACKENDS 0
#endif

/// Whether the NEON backend can be compiled: every 64-bit ARM has the instructions.
#if defined(__aarch64__) && defined(__GNUC__)
#define EIGENERATE_NEON_BACKEND 1
#else
#define EIGENERATE_NEON_BACKEND 0
#endif
