#pragma once
// Transposition of one square block in registers of NEON.

#include "eigenerate/kernels/backend/attributes.hpp"
#include "eigenerate/kernels/types.hpp"

#if EIGENERATE_NEON_BACKEND

#include <arm_neon.h>

namespace eigenerate::kernels::detail {

template <class S>
struct TransposeBlock;

/// to[i + p·to_ld] = from[p + i·from_ld] for i, p < size.
template <>
struct TransposeBlock<double> {
  static constexpr Index size = 2;

  static void run(double* to, Index to_ld, const double* from, Index from_ld) noexcept {
    const float64x2_t r0 = vld1q_f64(from), r1 = vld1q_f64(from + from_ld);
    vst1q_f64(to, vzip1q_f64(r0, r1));
    vst1q_f64(to + to_ld, vzip2q_f64(r0, r1));
  }
};

template <>
struct TransposeBlock<float> {
  static constexpr Index size = 4;

  static void run(float* to, Index to_ld, const float* from, Index from_ld) noexcept {
    const float32x4_t r0 = vld1q_f32(from), r1 = vld1q_f32(from + from_ld);
    const float32x4_t r2 = vld1q_f32(from + 2 * from_ld), r3 = vld1q_f32(from + 3 * from_ld);
    // Rows 0 and 2, and 1 and 3, interleaved: a second interleaving has them in order.
    const float32x4_t low02 = vzip1q_f32(r0, r2), high02 = vzip2q_f32(r0, r2);
    const float32x4_t low13 = vzip1q_f32(r1, r3), high13 = vzip2q_f32(r1, r3);
    vst1q_f32(to, vzip1q_f32(low02, low13));
    vst1q_f32(to + to_ld, vzip2q_f32(low02, low13));
    vst1q_f32(to + 2 * to_ld, vzip1q_f32(high02, high13));
    vst1q_f32(to + 3 * to_ld, vzip2q_f32(high02, high13));
  }
};

}  // namespace eigenerate::kernels::detail

#endif
