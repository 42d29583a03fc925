#pragma once
// Loops in plain C++ that the compiler turns into vector code, compiled once for each instruction set.
//
// Where memory sets the pace this gives what intrinsics give. A function marked EIGENERATE_LOOP, and what it
// calls, is inlined into `compiled`'s function with a target attribute, and so becomes code for that target.

#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/isa.hpp"
#include "eigenerate/kernels/types.hpp"

/// Marks a function that `compiled` inlines.
#if defined(__GNUC__)
#define EIGENERATE_LOOP __attribute__((always_inline)) inline
#else
#define EIGENERATE_LOOP inline
#endif

/// Promises that the iterations of the next loop are independent.
#if defined(__clang__)
#define EIGENERATE_VECTORIZE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define EIGENERATE_VECTORIZE _Pragma("GCC ivdep")
#else
#define EIGENERATE_VECTORIZE
#endif

/// Around the functions that have such loops. Clang warns where a loop promised to be independent does not
/// become vector code: without optimisation, under a sanitizer, or where it calls a function of the standard
/// library. All of these are meant.
#if defined(__clang__)
#define EIGENERATE_LOOPS_BEGIN \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wpass-failed\"")
#define EIGENERATE_LOOPS_END _Pragma("clang diagnostic pop")
#else
#define EIGENERATE_LOOPS_BEGIN
#define EIGENERATE_LOOPS_END
#endif

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels::detail {

/// Elements of one turn of a loop. GCC vectorizes at -O2 only where the count is a constant; 16 floats are
/// one or two registers, and leave short rows, such as 16 or 32 channels, no rest.
inline constexpr Index loop_block = 16;

/// Calls `f(i)`, in any order, for i in [0, size).
template <class F>
EIGENERATE_LOOP void for_elements(Index size, const F& f) noexcept {
  Index first = 0;
  for (; first + loop_block <= size; first += loop_block) {
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < loop_block; ++i) f(first + i);
  }
  for (; first < size; ++first) f(first);
}

/// Σ f(i) for i in [0, size), in double, as interleaved partial sums.
template <class F>
EIGENERATE_LOOP double sum_elements(Index size, const F& f) noexcept {
  double partial[loop_block] = {}, total = 0;
  Index first = 0;
  for (; first + loop_block <= size; first += loop_block) {
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < loop_block; ++i) partial[i] += f(first + i);
  }
  for (Index i = first; i < size; ++i) partial[i - first] += f(i);
  for (const double p : partial) total += p;
  return total;
}

template <auto loop>
struct Compiled;

// Flattened, because GCC at -O2 would call larger functions instead of inlining them, and calls do not become
// vector code.
template <class R, class... Args, R (*loop)(Args...) noexcept>
struct Compiled<loop> {
  [[gnu::flatten]] static R scalar(Args... args) noexcept { return loop(args...); }
#if EIGENERATE_X86_BACKENDS
  [[gnu::flatten, gnu::target("avx2,fma")]] static R avx2(Args... args) noexcept {
    return loop(args...);
  }
  [[gnu::flatten, gnu::target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]] static R avx512(
      Args... args) noexcept {
    return loop(args...);
  }
#endif
};

/// The function `loop` for the instruction set in use. AVX-512 takes AVX2's: measured, twice the width gains
/// nothing where memory sets the pace.
template <auto loop>
auto* compiled() noexcept {
#if EIGENERATE_X86_BACKENDS
  if (isa() >= Isa::Avx2) return &Compiled<loop>::avx2;
#endif
  return &Compiled<loop>::scalar;
}

/// The same for a loop in which arithmetic sets the pace: AVX-512 has code of its own.
template <auto loop>
auto* compiled_wide() noexcept {
#if EIGENERATE_X86_BACKENDS
  if (isa() >= Isa::Avx512) return &Compiled<loop>::avx512;
#endif
  return compiled<loop>();
}

}  // namespace eigenerate::kernels::detail

EIGENERATE_LOOPS_END
