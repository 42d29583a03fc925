#pragma once
// The backend in plain C++: runs everywhere, and is what every other backend is tested against.

#include <algorithm>

#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::scalar {

/// The primitives that the shared algorithms are built from; `backend/simd.inc` documents the contract.
template <class S>
struct Backend {
  using Scalar = S;
  static constexpr Index lanes = 4;  // one SSE or NEON register, should the compiler vectorise
  static constexpr Index max_vectors =
      2;  // 8 × 4 accumulators: what 16 such registers hold with room to load
  static constexpr Index cols = 4;

  static void multiply_panels(S* tile, Index ld, const S* a, const S* b, Index vectors, Index used_cols,
                              Index k, bool accumulate) noexcept {
    const Index rows = vectors * lanes;
    for (Index j = 0; j < used_cols; ++j) {
      S sum[max_vectors * lanes] = {};
      for (Index p = 0; p < k; ++p) {
        for (Index i = 0; i < rows; ++i) sum[i] += a[i + p * rows] * b[j + p * cols];
      }
      for (Index i = 0; i < rows; ++i) tile[i + j * ld] = accumulate ? sum[i] + tile[i + j * ld] : sum[i];
    }
  }

  static void store_tile(S* c, Index ldc, const S* tile, Index tile_rows, Index rows, Index used_cols,
                         bool accumulate, Epilogue<S> epilogue) noexcept {
    for (Index j = 0; j < used_cols; ++j) {
      for (Index i = 0; i < rows; ++i) {
        S value = tile[i + j * tile_rows];
        if (accumulate) value += c[i + j * ldc];
        if (epilogue.bias != nullptr) value += epilogue.bias[i];
        if (epilogue.activation == Activation::Relu && value < S(0)) value = S(0);
        c[i + j * ldc] = value;
      }
    }
  }

  static void pack_by_width(S* panel, Index panel_width, const S* source, Index ld, Index width,
                            Index depth) noexcept {
    for (Index p = 0; p < depth; ++p) {
      std::copy_n(source + p * ld, width, panel + p * panel_width);
      std::fill_n(panel + p * panel_width + width, panel_width - width, S(0));
    }
  }

  static void pack_by_depth(S* panel, Index panel_width, const S* source, Index ld, Index width,
                            Index depth) noexcept {
    for (Index p = 0; p < depth; ++p) {
      for (Index i = 0; i < width; ++i) panel[i + p * panel_width] = source[p + i * ld];
      std::fill_n(panel + p * panel_width + width, panel_width - width, S(0));
    }
  }

  static void add_to(S* y, const S* x, Index size) noexcept {
    for (Index i = 0; i < size; ++i) y[i] += x[i];
  }

  static void add_columns_to(double* sums, const S* x, Index ldx, Index rows, Index columns) noexcept {
    for (Index c = 0; c < columns; ++c) {
      for (Index r = 0; r < rows; ++r) sums[r] += static_cast<double>(x[r + c * ldx]);
    }
  }

  static double sum(const S* x, Index size) noexcept {
    double total = 0;
    for (Index i = 0; i < size; ++i) total += static_cast<double>(x[i]);
    return total;
  }

  static double sum_of_squares(const S* x, Index size) noexcept {
    double total = 0;
    for (Index i = 0; i < size; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    return total;
  }
};

}  // namespace eigenerate::kernels::scalar
