#pragma once
// Products of `medium` precision on processors with AVX512-BF16: a dot product of two pairs of bf16 numbers
// does twice the multiply-adds of a float instruction.

#include "eigenerate/kernels/backend/bf16_packing.hpp"

#if EIGENERATE_X86_BACKENDS

namespace eigenerate::kernels::avx512_bf16 {

/// What a product needs of a backend, see simd.inc; the depth of panels counts pairs.
struct Backend : avx512::Backend<float> {
  static constexpr Index depth_block = 1024;
  static constexpr bool packed_as_is = false;
  static constexpr Index packed_depth(Index depth) noexcept {
    return PairPacking<false>::packed_depth(depth);
  }

  static void pack_left(float* panel, Index panel_width, const detail::Operand<float>& a, Index first,
                        Index width, Index first_depth, Index depth) noexcept {
    PairPacking<false>::pack_left<max_vectors * lanes>(panel, panel_width, a, first, width, first_depth,
                                                       depth);
  }
  static void pack_right(float* panel, Index ld, const detail::Operand<float>& b, Index first, Index width,
                         Index first_depth, Index depth) noexcept {
    PairPacking<false>::pack_right<cols>(panel, ld, b, first, width, first_depth, depth);
  }

  static void multiply_panels(float* tile, Index ld, const Left& a, const Right& b, Index vectors,
                              Index used_cols, Index depth, bool accumulate,
                              const Epilogue<float>& epilogue) noexcept {
    Right right = b;
    for (Index first = 0; first < used_cols; first += cols, right.skip(1, cols))
      multiply_pairs(tile + first * ld, ld, a, right, vectors, std::min(cols, used_cols - first), depth,
                     accumulate);
    if (!epilogue.is_empty()) store_tile(tile, ld, tile, ld, vectors * lanes, used_cols, false, epilogue);
  }

 private:
  static void multiply_pairs(float* tile, Index ld, const Left& a, const Right& b, Index vectors,
                             Index used_cols, Index depth, bool accumulate) noexcept {
    switch (vectors) {
      case 1:
        return multiply_some<1>(tile, ld, a.data, a.ld, b.data, b.ld, used_cols, depth, accumulate);
      case 2:
        return multiply_some<2>(tile, ld, a.data, a.ld, b.data, b.ld, used_cols, depth, accumulate);
      default:
        return multiply_some<3>(tile, ld, a.data, a.ld, b.data, b.ld, used_cols, depth, accumulate);
    }
  }

  template <Index vectors>
  static void multiply_some(float* tile, Index ld, const float* a, Index a_ld, const float* b, Index b_ld,
                            Index used_cols, Index depth, bool accumulate) noexcept {
    if (used_cols <= cols / 2)
      return multiply<vectors, cols / 2>(tile, ld, a, a_ld, b, b_ld, depth, accumulate);
    multiply<vectors, cols>(tile, ld, a, a_ld, b, b_ld, depth, accumulate);
  }

  template <Index vectors, Index width>
  EIGENERATE_BF16 static void multiply(float* tile, Index ld, const float* a, Index a_ld, const float* b,
                                       Index b_ld, Index depth, bool accumulate) noexcept {
    __m512 sum[width][vectors];
    EIGENERATE_UNROLL
    for (Index j = 0; j < width; ++j) {
      EIGENERATE_UNROLL
      for (Index i = 0; i < vectors; ++i) {
        sum[j][i] = _mm512_setzero_ps();
        __builtin_prefetch(tile + j * ld + i * lanes, 1, 3);
      }
    }
    for (Index p = 0; p < depth; ++p) {
      __m512bh left[vectors];
      EIGENERATE_UNROLL
      for (Index i = 0; i < vectors; ++i) left[i] = (__m512bh)_mm512_loadu_si512(a + i * lanes);
      EIGENERATE_UNROLL
      for (Index j = 0; j < width; ++j) {
        const __m512bh pair = (__m512bh)_mm512_castps_si512(_mm512_set1_ps(b[j * b_ld]));
        EIGENERATE_UNROLL
        for (Index i = 0; i < vectors; ++i) sum[j][i] = _mm512_dpbf16_ps(sum[j][i], left[i], pair);
      }
      a += a_ld;
      ++b;
    }
    EIGENERATE_UNROLL
    for (Index j = 0; j < width; ++j) {
      EIGENERATE_UNROLL
      for (Index i = 0; i < vectors; ++i) {
        float* const to = tile + j * ld + i * lanes;
        _mm512_storeu_ps(to, accumulate ? _mm512_add_ps(sum[j][i], _mm512_loadu_ps(to)) : sum[j][i]);
      }
    }
  }
};

}  // namespace eigenerate::kernels::avx512_bf16

#endif
