#pragma once
// Transposition of one square block in registers. AVX-512 packs with it too: its own wider shuffles would
// save nothing, since packing is bound by loads and stores.

#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/types.hpp"

#if EIGENERATE_X86_BACKENDS

#include <immintrin.h>

#define EIGENERATE_TRANSPOSE __attribute__((target("avx2"), always_inline)) static inline

namespace eigenerate::kernels::detail {

template <class S>
struct TransposeBlock;

/// to[i + p·to_ld] = from[p + i·from_ld] for i, p < size.
template <>
struct TransposeBlock<double> {
  static constexpr Index size = 4;

  EIGENERATE_TRANSPOSE void run(double* to, Index to_ld, const double* from, Index from_ld) noexcept {
    const __m256d r0 = _mm256_loadu_pd(from), r1 = _mm256_loadu_pd(from + from_ld);
    const __m256d r2 = _mm256_loadu_pd(from + 2 * from_ld), r3 = _mm256_loadu_pd(from + 3 * from_ld);
    const __m256d even01 = _mm256_unpacklo_pd(r0, r1), odd01 = _mm256_unpackhi_pd(r0, r1);
    const __m256d even23 = _mm256_unpacklo_pd(r2, r3), odd23 = _mm256_unpackhi_pd(r2, r3);
    _mm256_storeu_pd(to, _mm256_permute2f128_pd(even01, even23, 0x20));
    _mm256_storeu_pd(to + to_ld, _mm256_permute2f128_pd(odd01, odd23, 0x20));
    _mm256_storeu_pd(to + 2 * to_ld, _mm256_permute2f128_pd(even01, even23, 0x31));
    _mm256_storeu_pd(to + 3 * to_ld, _mm256_permute2f128_pd(odd01, odd23, 0x31));
  }
};

template <>
struct TransposeBlock<float> {
  static constexpr Index size = 8;

  EIGENERATE_TRANSPOSE void run(float* to, Index to_ld, const float* from, Index from_ld) noexcept {
    half(to, to_ld, from, from_ld);
    half(to + 4 * to_ld, to_ld, from + 4, from_ld);
  }

 private:
  // Rows i and i + 4 share a register from the start, so that no shuffle crosses its middle.
  EIGENERATE_TRANSPOSE __m256 load_pair(const float* low, const float* high) noexcept {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
  }

  // Four values of p.
  EIGENERATE_TRANSPOSE void half(float* to, Index to_ld, const float* from, Index ld) noexcept {
    const __m256 r0 = load_pair(from, from + 4 * ld), r1 = load_pair(from + ld, from + 5 * ld);
    const __m256 r2 = load_pair(from + 2 * ld, from + 6 * ld), r3 = load_pair(from + 3 * ld, from + 7 * ld);
    const __m256 low01 = _mm256_unpacklo_ps(r0, r1), high01 = _mm256_unpackhi_ps(r0, r1);
    const __m256 low23 = _mm256_unpacklo_ps(r2, r3), high23 = _mm256_unpackhi_ps(r2, r3);
    _mm256_storeu_ps(to, _mm256_shuffle_ps(low01, low23, 0x44));
    _mm256_storeu_ps(to + to_ld, _mm256_shuffle_ps(low01, low23, 0xEE));
    _mm256_storeu_ps(to + 2 * to_ld, _mm256_shuffle_ps(high01, high23, 0x44));
    _mm256_storeu_ps(to + 3 * to_ld, _mm256_shuffle_ps(high01, high23, 0xEE));
  }
};

}  // namespace eigenerate::kernels::detail

#undef EIGENERATE_TRANSPOSE

#endif
