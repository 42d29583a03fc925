#pragma once
// What the processor and the operating system say of bf16 and of tiles. The compiler's own test knows neither
// before GCC 13, and nobody's knows that Linux hands out the tile registers only to processes that ask.

#include "eigenerate/kernels/backend/attributes.hpp"

#if EIGENERATE_X86_BACKENDS

#include <cpuid.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace eigenerate::kernels::detail {

/// CPUID leaf 7, subleaf 1: EAX bit 5. Meaningful where the operating system saves the AVX-512 registers.
inline bool cpu_has_avx512_bf16() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & 1U << 5) != 0;
}

/// CPUID leaf 7: EDX bits 22 (AMX-BF16) and 24 (AMX-TILE).
inline bool cpu_has_amx() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned both = 1U << 22 | 1U << 24;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & both) == both;
}

/// Whether the tiles can be used. Linux (5.16 and later) grants them to a process that asks: arch_prctl of
/// ARCH_REQ_XCOMP_PERM for the state component of tile data, for all threads, once.
///
/// **Source** Linux, Documentation/x86/xstate.rst.
inline bool may_use_amx() noexcept {
#if defined(__linux__)
  constexpr long request_permission = 0x1023, tile_data = 18;
  return cpu_has_amx() && ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

}  // namespace eigenerate::kernels::detail

#endif
