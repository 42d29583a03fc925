#pragma once
// The NEON backend: the registers of 64-bit ARM, and the shared primitives compiled for it.

#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/types.hpp"

#if EIGENERATE_NEON_BACKEND

#include <arm_neon.h>

#include <algorithm>
#include <cstdint>

#include "eigenerate/kernels/backend/transpose_neon.hpp"
#include "eigenerate/kernels/packing.hpp"
#include "eigenerate/kernels/panels.hpp"

#define EIGENERATE_TARGET  // every 64-bit ARM has NEON
#define EIGENERATE_SIMD __attribute__((always_inline)) static inline

namespace eigenerate::kernels::neon {

// NEON has no masked loads and stores: a mask is a count of lanes, and a part of a register goes scalar by
// scalar. relu() keeps a NaN, as the maximum of NEON does.

template <class S>
struct Simd;

template <>
struct Simd<double> {
  using Vec = float64x2_t;
  using Mask = Index;
  static constexpr Index lanes = 2;

  EIGENERATE_SIMD Mask first(Index n) noexcept { return std::min(n, lanes); }
  EIGENERATE_SIMD Vec zero() noexcept { return vdupq_n_f64(0); }
  EIGENERATE_SIMD Vec broadcast(const double* p) noexcept { return vld1q_dup_f64(p); }
  EIGENERATE_SIMD Vec load(const double* p) noexcept { return vld1q_f64(p); }
  EIGENERATE_SIMD Vec load(const double* p, Mask m) noexcept {
    if (m == lanes) return load(p);
    return m == 1 ? vsetq_lane_f64(*p, zero(), 0) : zero();
  }
  EIGENERATE_SIMD void store(double* p, Vec v) noexcept { vst1q_f64(p, v); }
  EIGENERATE_SIMD void store(double* p, Vec v, Mask m) noexcept {
    if (m == lanes) return store(p, v);
    if (m == 1) *p = vgetq_lane_f64(v, 0);
  }
  EIGENERATE_SIMD Vec add(Vec x, Vec y) noexcept { return vaddq_f64(x, y); }
  EIGENERATE_SIMD Vec fma(Vec x, Vec y, Vec z) noexcept { return vfmaq_f64(z, x, y); }
  EIGENERATE_SIMD Vec relu(Vec x) noexcept { return vmaxq_f64(zero(), x); }
  EIGENERATE_SIMD Vec where_positive(Vec y, Vec x, Vec otherwise) noexcept {
    return vbslq_f64(vcgtq_f64(y, zero()), x, otherwise);
  }
  EIGENERATE_SIMD void store_sums(double* to, const Vec* x) noexcept {
    for (Index i = 0; i < 8; i += 2) store(to + i, vpaddq_f64(x[i], x[i + 1]));
  }
  EIGENERATE_SIMD Vec load_double(const double* p) noexcept { return load(p); }
  EIGENERATE_SIMD Vec load_double(const double* p, Mask m) noexcept { return load(p, m); }
  EIGENERATE_SIMD Vec load_double(const float* p) noexcept { return vcvt_f64_f32(vld1_f32(p)); }
  EIGENERATE_SIMD Vec load_double(const float* p, Mask m) noexcept {
    if (m == lanes) return load_double(p);
    return m == 1 ? vsetq_lane_f64(static_cast<double>(*p), zero(), 0) : zero();
  }
};

template <>
struct Simd<float> {
  using Vec = float32x4_t;
  using Mask = Index;
  static constexpr Index lanes = 4;

  EIGENERATE_SIMD Mask first(Index n) noexcept { return std::min(n, lanes); }
  EIGENERATE_SIMD Vec zero() noexcept { return vdupq_n_f32(0); }
  EIGENERATE_SIMD Vec broadcast(const float* p) noexcept { return vld1q_dup_f32(p); }
  EIGENERATE_SIMD Vec load(const float* p) noexcept { return vld1q_f32(p); }
  EIGENERATE_SIMD Vec load(const float* p, Mask m) noexcept {
    if (m == lanes) return load(p);
    float values[lanes] = {};
    for (Index i = 0; i < m; ++i) values[i] = p[i];
    return load(values);
  }
  using Pairs = uint32x4_t;
  EIGENERATE_SIMD Pairs load_pairs(const std::uint32_t* p) noexcept { return vld1q_u32(p); }
  EIGENERATE_SIMD Vec lower(Pairs pairs) noexcept { return vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16)); }
  EIGENERATE_SIMD Vec upper(Pairs pairs) noexcept {
    return vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xFFFF0000U)));
  }
  EIGENERATE_SIMD void store(float* p, Vec v) noexcept { vst1q_f32(p, v); }
  EIGENERATE_SIMD void store(float* p, Vec v, Mask m) noexcept {
    if (m == lanes) return store(p, v);
    float values[lanes];
    store(values, v);
    for (Index i = 0; i < m; ++i) p[i] = values[i];
  }
  EIGENERATE_SIMD Vec add(Vec x, Vec y) noexcept { return vaddq_f32(x, y); }
  EIGENERATE_SIMD Vec fma(Vec x, Vec y, Vec z) noexcept { return vfmaq_f32(z, x, y); }
  EIGENERATE_SIMD Vec relu(Vec x) noexcept { return vmaxq_f32(zero(), x); }
  EIGENERATE_SIMD Vec where_positive(Vec y, Vec x, Vec otherwise) noexcept {
    return vbslq_f32(vcgtq_f32(y, zero()), x, otherwise);
  }
  EIGENERATE_SIMD void store_sums(float* to, const Vec* x) noexcept {
    for (Index i = 0; i < 8; i += 4)
      store(to + i, vpaddq_f32(vpaddq_f32(x[i], x[i + 1]), vpaddq_f32(x[i + 2], x[i + 3])));
  }
};

// 24 accumulators, 3 registers of A, 1 of B: 28 of 32 registers.
template <class S>
struct TileShape {
  static constexpr Index max_vectors = 3;
  static constexpr Index cols = 8;
};

#include "eigenerate/kernels/backend/simd.inc"

}  // namespace eigenerate::kernels::neon

#undef EIGENERATE_SIMD
#undef EIGENERATE_TARGET

#endif
