#pragma once
// The AVX2+FMA backend: the registers of this instruction set, and the shared primitives compiled for it.

#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/types.hpp"

#if EIGENERATE_X86_BACKENDS

#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "eigenerate/kernels/backend/transpose_avx2.hpp"
#include "eigenerate/kernels/packing.hpp"
#include "eigenerate/kernels/panels.hpp"

#define EIGENERATE_TARGET __attribute__((target("avx2,fma")))
#define EIGENERATE_SIMD EIGENERATE_TARGET __attribute__((always_inline)) static inline

namespace eigenerate::kernels::avx2 {

// relu() takes its second operand where one of the two is not a number: it keeps a NaN.

template <class S>
struct Simd;

template <>
struct Simd<double> {
  using Vec = __m256d;
  using Mask = __m256i;
  static constexpr Index lanes = 4;

  EIGENERATE_SIMD Mask first(Index n) noexcept {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  EIGENERATE_SIMD Vec zero() noexcept { return _mm256_setzero_pd(); }
  EIGENERATE_SIMD Vec broadcast(const double* p) noexcept { return _mm256_broadcast_sd(p); }
  EIGENERATE_SIMD Vec load(const double* p) noexcept { return _mm256_loadu_pd(p); }
  EIGENERATE_SIMD Vec load(const double* p, Mask m) noexcept { return _mm256_maskload_pd(p, m); }
  EIGENERATE_SIMD void store(double* p, Vec v) noexcept { _mm256_storeu_pd(p, v); }
  EIGENERATE_SIMD void store(double* p, Vec v, Mask m) noexcept { _mm256_maskstore_pd(p, m, v); }
  EIGENERATE_SIMD Vec add(Vec x, Vec y) noexcept { return _mm256_add_pd(x, y); }
  EIGENERATE_SIMD Vec fma(Vec x, Vec y, Vec z) noexcept { return _mm256_fmadd_pd(x, y, z); }
  EIGENERATE_SIMD Vec relu(Vec x) noexcept { return _mm256_max_pd(_mm256_setzero_pd(), x); }
  EIGENERATE_SIMD Vec where_positive(Vec y, Vec x, Vec otherwise) noexcept {
    return _mm256_blendv_pd(otherwise, x, _mm256_cmp_pd(y, _mm256_setzero_pd(), _CMP_GT_OQ));
  }
  EIGENERATE_SIMD void store_sums(double* to, const Vec* x) noexcept {
    for (Index half = 0; half < 8; half += 4) {
      const Vec sum01 =
          add(_mm256_unpacklo_pd(x[half], x[half + 1]), _mm256_unpackhi_pd(x[half], x[half + 1]));
      const Vec sum23 =
          add(_mm256_unpacklo_pd(x[half + 2], x[half + 3]), _mm256_unpackhi_pd(x[half + 2], x[half + 3]));
      store(to + half,
            add(_mm256_permute2f128_pd(sum01, sum23, 0x20), _mm256_permute2f128_pd(sum01, sum23, 0x31)));
    }
  }
  EIGENERATE_SIMD Vec load_double(const double* p) noexcept { return _mm256_loadu_pd(p); }
  EIGENERATE_SIMD Vec load_double(const double* p, Mask m) noexcept { return _mm256_maskload_pd(p, m); }
  EIGENERATE_SIMD Vec load_double(const float* p) noexcept { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
  EIGENERATE_SIMD Vec load_double(const float* p, Mask m) noexcept {
    // The low half of each 64-bit lane of the mask, gathered, is the mask of four floats.
    const __m256i halves = _mm256_permutevar8x32_epi32(m, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    return _mm256_cvtps_pd(_mm_maskload_ps(p, _mm256_castsi256_si128(halves)));
  }
};

template <>
struct Simd<float> {
  using Vec = __m256;
  using Mask = __m256i;
  static constexpr Index lanes = 8;

  EIGENERATE_SIMD Mask first(Index n) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  EIGENERATE_SIMD Vec zero() noexcept { return _mm256_setzero_ps(); }
  EIGENERATE_SIMD Vec broadcast(const float* p) noexcept { return _mm256_broadcast_ss(p); }
  EIGENERATE_SIMD Vec load(const float* p) noexcept { return _mm256_loadu_ps(p); }
  EIGENERATE_SIMD Vec load(const float* p, Mask m) noexcept { return _mm256_maskload_ps(p, m); }
  using Pairs = __m256i;
  EIGENERATE_SIMD Pairs load_pairs(const std::uint32_t* p) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  EIGENERATE_SIMD Vec lower(Pairs pairs) noexcept {
    return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
  }
  EIGENERATE_SIMD Vec upper(Pairs pairs) noexcept {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(-0x10000)));
  }
  EIGENERATE_SIMD void store(float* p, Vec v) noexcept { _mm256_storeu_ps(p, v); }
  EIGENERATE_SIMD void store(float* p, Vec v, Mask m) noexcept { _mm256_maskstore_ps(p, m, v); }
  EIGENERATE_SIMD Vec add(Vec x, Vec y) noexcept { return _mm256_add_ps(x, y); }
  EIGENERATE_SIMD Vec fma(Vec x, Vec y, Vec z) noexcept { return _mm256_fmadd_ps(x, y, z); }
  EIGENERATE_SIMD Vec relu(Vec x) noexcept { return _mm256_max_ps(_mm256_setzero_ps(), x); }
  EIGENERATE_SIMD Vec where_positive(Vec y, Vec x, Vec otherwise) noexcept {
    return _mm256_blendv_ps(otherwise, x, _mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ));
  }
  EIGENERATE_SIMD void store_sums(float* to, const Vec* x) noexcept {
    const Vec low = sums_of_halves(x), high = sums_of_halves(x + 4);
    store(to, add(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31)));
  }

 private:
  // Four registers to one: the sums of their lower halves, then those of their upper halves.
  EIGENERATE_SIMD Vec sums_of_halves(const Vec* x) noexcept {
    const Vec sum01 = add(_mm256_unpacklo_ps(x[0], x[1]), _mm256_unpackhi_ps(x[0], x[1]));
    const Vec sum23 = add(_mm256_unpacklo_ps(x[2], x[3]), _mm256_unpackhi_ps(x[2], x[3]));
    return add(_mm256_shuffle_ps(sum01, sum23, 0x44), _mm256_shuffle_ps(sum01, sum23, 0xEE));
  }
};

// 12 accumulators, 3 registers of A, 1 of B: all 16.
template <class S>
struct TileShape {
  static constexpr Index max_vectors = 3;
  static constexpr Index cols = 4;
};

#include "eigenerate/kernels/backend/simd.inc"

}  // namespace eigenerate::kernels::avx2

#undef EIGENERATE_SIMD
#undef EIGENERATE_TARGET

#endif
