#pragma once
// The AVX-512 backend: the registers of this instruction set, and the shared primitives compiled for it.

#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/types.hpp"

#if EIGENERATE_X86_BACKENDS

#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "eigenerate/kernels/backend/avx2.hpp"
#include "eigenerate/kernels/backend/transpose_avx2.hpp"
#include "eigenerate/kernels/packing.hpp"
#include "eigenerate/kernels/panels.hpp"

#define EIGENERATE_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")))
#define EIGENERATE_SIMD EIGENERATE_TARGET __attribute__((always_inline)) static inline

namespace eigenerate::kernels::avx512 {

// Full masks stand where plain intrinsics would do: GCC 12 warns of an uninitialised variable inside those,
// and drops the mask from the instruction. relu() takes its second operand where one of the two is not a
// number: it keeps a NaN.

template <class S>
struct Simd;

template <>
struct Simd<double> {
  using Vec = __m512d;
  using Mask = __mmask8;
  static constexpr Index lanes = 8;

  EIGENERATE_SIMD Mask first(Index n) noexcept { return static_cast<Mask>((1U << n) - 1U); }
  EIGENERATE_SIMD Vec zero() noexcept { return _mm512_setzero_pd(); }
  EIGENERATE_SIMD Vec broadcast(const double* p) noexcept { return _mm512_set1_pd(*p); }
  EIGENERATE_SIMD Vec load(const double* p) noexcept { return _mm512_loadu_pd(p); }
  EIGENERATE_SIMD Vec load(const double* p, Mask m) noexcept { return _mm512_maskz_loadu_pd(m, p); }
  EIGENERATE_SIMD void store(double* p, Vec v) noexcept { _mm512_storeu_pd(p, v); }
  EIGENERATE_SIMD void store(double* p, Vec v, Mask m) noexcept { _mm512_mask_storeu_pd(p, m, v); }
  EIGENERATE_SIMD Vec add(Vec x, Vec y) noexcept { return _mm512_add_pd(x, y); }
  EIGENERATE_SIMD Vec fma(Vec x, Vec y, Vec z) noexcept { return _mm512_fmadd_pd(x, y, z); }
  EIGENERATE_SIMD Vec relu(Vec x) noexcept { return _mm512_maskz_max_pd(0xFF, _mm512_setzero_pd(), x); }
  EIGENERATE_SIMD Vec where_positive(Vec y, Vec x, Vec otherwise) noexcept {
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(y, _mm512_setzero_pd(), _CMP_GT_OQ), otherwise, x);
  }
  EIGENERATE_SIMD void store_sums(double* to, const Vec* x) noexcept {
    __m256d halves[8];
    EIGENERATE_UNROLL
    for (Index g = 0; g < 8; ++g) {
      halves[g] = _mm256_add_pd(_mm512_maskz_extractf64x4_pd(0xF, x[g], 0),
                                _mm512_maskz_extractf64x4_pd(0xF, x[g], 1));
    }
    avx2::Simd<double>::store_sums(to, halves);
  }
  EIGENERATE_SIMD Vec load_double(const double* p) noexcept { return _mm512_loadu_pd(p); }
  EIGENERATE_SIMD Vec load_double(const double* p, Mask m) noexcept { return _mm512_maskz_loadu_pd(m, p); }
  EIGENERATE_SIMD Vec load_double(const float* p) noexcept {
    return _mm512_maskz_cvtps_pd(0xFF, _mm256_loadu_ps(p));
  }
  EIGENERATE_SIMD Vec load_double(const float* p, Mask m) noexcept {
    return _mm512_maskz_cvtps_pd(0xFF, _mm256_maskz_loadu_ps(m, p));
  }
};

template <>
struct Simd<float> {
  using Vec = __m512;
  using Mask = __mmask16;
  static constexpr Index lanes = 16;

  EIGENERATE_SIMD Mask first(Index n) noexcept { return static_cast<Mask>((1U << n) - 1U); }
  EIGENERATE_SIMD Vec zero() noexcept { return _mm512_setzero_ps(); }
  EIGENERATE_SIMD Vec broadcast(const float* p) noexcept { return _mm512_set1_ps(*p); }
  EIGENERATE_SIMD Vec load(const float* p) noexcept { return _mm512_loadu_ps(p); }
  EIGENERATE_SIMD Vec load(const float* p, Mask m) noexcept { return _mm512_maskz_loadu_ps(m, p); }
  using Pairs = __m512i;
  EIGENERATE_SIMD Pairs load_pairs(const std::uint32_t* p) noexcept { return _mm512_loadu_si512(p); }
  EIGENERATE_SIMD Vec lower(Pairs pairs) noexcept {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, pairs, 16));
  }
  EIGENERATE_SIMD Vec upper(Pairs pairs) noexcept {
    return _mm512_castsi512_ps(_mm512_maskz_and_epi32(0xFFFF, pairs, _mm512_set1_epi32(-0x10000)));
  }
  EIGENERATE_SIMD void store(float* p, Vec v) noexcept { _mm512_storeu_ps(p, v); }
  EIGENERATE_SIMD void store(float* p, Vec v, Mask m) noexcept { _mm512_mask_storeu_ps(p, m, v); }
  EIGENERATE_SIMD Vec add(Vec x, Vec y) noexcept { return _mm512_add_ps(x, y); }
  EIGENERATE_SIMD Vec fma(Vec x, Vec y, Vec z) noexcept { return _mm512_fmadd_ps(x, y, z); }
  EIGENERATE_SIMD Vec relu(Vec x) noexcept { return _mm512_maskz_max_ps(0xFFFF, _mm512_setzero_ps(), x); }
  EIGENERATE_SIMD Vec where_positive(Vec y, Vec x, Vec otherwise) noexcept {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), otherwise, x);
  }
  EIGENERATE_SIMD void store_sums(float* to, const Vec* x) noexcept {
    __m256 halves[8];
    EIGENERATE_UNROLL
    for (Index g = 0; g < 8; ++g) {
      halves[g] = _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xFF, x[g], 0),
                                _mm512_maskz_extractf32x8_ps(0xFF, x[g], 1));
    }
    avx2::Simd<float>::store_sums(to, halves);
  }
};

// 24 accumulators, 3 registers of A, and the broadcasts of B folded into the products: 27 of 32 registers.
template <class S>
struct TileShape {
  static constexpr Index max_vectors = 3;
  static constexpr Index cols = 8;
};

#include "eigenerate/kernels/backend/simd.inc"

}  // namespace eigenerate::kernels::avx512

#undef EIGENERATE_SIMD
#undef EIGENERATE_TARGET

#endif
