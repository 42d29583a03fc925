#pragma once
// Packing for products of bf16 numbers: floats, packed as for a float product, rounded to bf16 in pairs of
// neighbors in k.
//
//   left panel    panel[i + q·panel_width] holds the pair (2q, 2q + 1) of row i
//   right panel   panel[q + j·ld] holds the pair (2q, 2q + 1) of column j
//   split         each stretch of 32 steps of k holds 16 pairs of the rounded numbers, then 16 pairs of what
//                 rounding left over, rounded in turn
//
// A pair fills the 32 bits of a float, and panels stay arrays of float. A stretch of 32 steps is filled up
// with zeros.

#include "eigenerate/kernels/backend/avx512.hpp"

#if EIGENERATE_X86_BACKENDS

#define EIGENERATE_BF16 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512bf16,avx2,fma")))
#define EIGENERATE_BF16_INLINE EIGENERATE_BF16 __attribute__((always_inline)) static inline

namespace eigenerate::kernels::avx512_bf16 {

template <bool split>
class PairPacking {
  using Float = avx512::Backend<float>;
  static constexpr Index lanes = 16, stretch = 32, pairs = stretch / 2;

 public:
  static constexpr Index packed_depth(Index depth) noexcept {
    return (depth + stretch - 1) / stretch * pairs * (split ? 2 : 1);
  }

  template <Index most_width>
  EIGENERATE_BF16 static void pack_left(float* panel, Index panel_width, const detail::Operand<float>& a,
                                        Index first, Index width, Index first_depth, Index depth) noexcept {
    alignas(64) float rows[stretch * most_width];
    for (Index p = 0; p < depth; p += stretch) {
      const Index here = depth - p < stretch ? depth - p : stretch;
      Float::pack_left(rows, panel_width, a, first, width, first_depth + p, here);
      if (here < stretch) Float::clear_run(rows + here * panel_width, (stretch - here) * panel_width);
      for (Index q = 0; q < pairs; ++q) {
        for (Index i = 0; i < panel_width; i += lanes) {
          const float* const from = rows + 2 * q * panel_width + i;
          const __m512 even = _mm512_loadu_ps(from), odd = _mm512_loadu_ps(from + panel_width);
          const __m512i high = round_rows(even, odd);
          store(panel + q * panel_width + i, high);
          if constexpr (split) {
            store(panel + (pairs + q) * panel_width + i,
                  round_rows(_mm512_sub_ps(even, even_parts(high)), _mm512_sub_ps(odd, odd_parts(high))));
          }
        }
      }
      panel += packed_depth(stretch) * panel_width;
    }
  }

  template <Index cols>
  EIGENERATE_BF16 static void pack_right(float* panel, Index ld, const detail::Operand<float>& b, Index first,
                                         Index width, Index first_depth, Index depth) noexcept {
    alignas(64) float columns[stretch * cols];
    for (Index p = 0; p < depth; p += stretch) {
      const Index here = depth - p < stretch ? depth - p : stretch;
      if (here < stretch) Float::clear_run(columns, stretch * cols);
      detail::pack_right<Float>(columns, stretch, b, first, width, first_depth + p, here);
      for (Index j = 0; j < cols; ++j) {
        if (j >= width) Float::clear_run(columns + j * stretch, stretch);
        const __m512 low = _mm512_loadu_ps(columns + j * stretch),
                     high = _mm512_loadu_ps(columns + j * stretch + lanes);
        const __m512i rounded = (__m512i)_mm512_cvtne2ps_pbh(high, low);
        store(panel + j * ld, rounded);
        if constexpr (split) {
          store(panel + j * ld + pairs,
                (__m512i)_mm512_cvtne2ps_pbh(_mm512_sub_ps(high, upper_half(rounded)),
                                             _mm512_sub_ps(low, lower_half(rounded))));
        }
      }
      panel += packed_depth(stretch);
    }
  }

 private:
  EIGENERATE_BF16_INLINE void store(float* to, __m512i numbers) noexcept { _mm512_storeu_si512(to, numbers); }

  // The upper half of a float is the bf16 number of the same value.
  EIGENERATE_BF16_INLINE __m512 odd_parts(__m512i numbers) noexcept {
    return _mm512_castsi512_ps(_mm512_maskz_and_epi32(0xFFFF, numbers, _mm512_set1_epi32(-0x10000)));
  }
  EIGENERATE_BF16_INLINE __m512 even_parts(__m512i numbers) noexcept {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, numbers, 16));
  }
  EIGENERATE_BF16_INLINE __m512 widened(__m256i numbers) noexcept {
    return _mm512_castsi512_ps(
        _mm512_maskz_slli_epi32(0xFFFF, _mm512_maskz_cvtepu16_epi32(0xFFFF, numbers), 16));
  }
  EIGENERATE_BF16_INLINE __m512 lower_half(__m512i numbers) noexcept {
    return widened(_mm512_maskz_extracti64x4_epi64(0xF, numbers, 0));
  }
  EIGENERATE_BF16_INLINE __m512 upper_half(__m512i numbers) noexcept {
    return widened(_mm512_maskz_extracti64x4_epi64(0xF, numbers, 1));
  }

  /// Lane i takes the pair (even[i], odd[i]).
  EIGENERATE_BF16_INLINE __m512i round_rows(__m512 even, __m512 odd) noexcept {
    const __m512i low = _mm512_maskz_cvtepu16_epi32(0xFFFF, (__m256i)_mm512_cvtneps_pbh(even));
    const __m512i high = _mm512_maskz_cvtepu16_epi32(0xFFFF, (__m256i)_mm512_cvtneps_pbh(odd));
    return _mm512_maskz_or_epi32(0xFFFF, low, _mm512_maskz_slli_epi32(0xFFFF, high, 16));
  }
};

}  // namespace eigenerate::kernels::avx512_bf16

#endif
