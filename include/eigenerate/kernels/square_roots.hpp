#pragma once
// Square roots in vector registers. A loop over std::sqrt does not become vector code, because that function
// may set errno. The instruction rounds correctly, so that every instruction set gives the same bits.

#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

namespace eigenerate::kernels::detail {

/// Numbers in one call of a `SquareRoots…::run(y, x)`, which makes y[i] = √x[i]; y may be x.
inline constexpr Index root_block = 64;

}  // namespace eigenerate::kernels::detail

#if EIGENERATE_DEFINES(KERNELS)

#if EIGENERATE_X86_BACKENDS
#include <immintrin.h>
#endif

namespace eigenerate::kernels::detail {

struct SquareRootsScalar {
  template <class S>
  static void run(S* y, const S* x) noexcept {
    for (Index i = 0; i < root_block; ++i) y[i] = std::sqrt(x[i]);
  }
};

#if EIGENERATE_X86_BACKENDS
struct SquareRootsAvx2 {
  [[gnu::target("avx2")]] static void run(float* y, const float* x) noexcept {
    for (Index i = 0; i < root_block; i += 8) _mm256_storeu_ps(y + i, _mm256_sqrt_ps(_mm256_loadu_ps(x + i)));
  }
  [[gnu::target("avx2")]] static void run(double* y, const double* x) noexcept {
    for (Index i = 0; i < root_block; i += 4) _mm256_storeu_pd(y + i, _mm256_sqrt_pd(_mm256_loadu_pd(x + i)));
  }
};
#endif

/// `compiled` for a loop that is a template over who computes its square roots: `WithRoots::loop<Roots>`.
template <class WithRoots>
auto* compiled_with_roots() noexcept {
#if EIGENERATE_X86_BACKENDS
  if (isa() >= Isa::Avx2) return &Compiled<&WithRoots::template loop<SquareRootsAvx2>>::avx2;
#endif
  return &Compiled<&WithRoots::template loop<SquareRootsScalar>>::scalar;
}

}  // namespace eigenerate::kernels::detail

#endif
