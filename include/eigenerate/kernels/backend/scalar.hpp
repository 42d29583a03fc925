#pragma once
// The backend in plain C++: runs everywhere, and is what every other backend is tested against.

#include <algorithm>
#include <cstdint>

#include "eigenerate/core/bf16.hpp"
#include "eigenerate/kernels/packing.hpp"
#include "eigenerate/kernels/panels.hpp"
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

  static void multiply_panels(S* tile, Index ld, const detail::LeftPanel<S>& a,
                              const detail::RightPanels<S>& b, Index vectors, Index used_cols, Index depth,
                              bool accumulate, const Epilogue<S>& epilogue) noexcept {
    const Index rows = vectors * lanes;
    for (Index j = 0; j < used_cols; ++j) {
      S sum[max_vectors * lanes] = {};
      for (Index p = 0; p < depth; ++p) {
        const Index column_begin = j / cols * b.next + j % cols * b.ld;
        const S value = b.data[b.steps != nullptr ? b.columns[j] + b.steps[p] : column_begin + p * b.step];
        const S* const column = a.data + (a.steps != nullptr ? a.steps[p] : p * a.ld);
        for (Index i = 0; i < rows; ++i)
          sum[i] += column[a.steps != nullptr ? a.registers[i / lanes] + i % lanes : i] * value;
      }
      for (Index i = 0; i < rows; ++i) tile[i + j * ld] = accumulate ? sum[i] + tile[i + j * ld] : sum[i];
    }
    if (!epilogue.is_empty()) store_tile(tile, ld, tile, ld, rows, used_cols, false, epilogue);
  }

  static void store_tile(S* c, Index ldc, const S* tile, Index tile_rows, Index rows, Index used_cols,
                         bool accumulate, const Epilogue<S>& epilogue) noexcept {
    for (Index j = 0; j < used_cols; ++j) {
      for (Index i = 0; i < rows; ++i) {
        S value = tile[i + j * tile_rows];
        if (accumulate) value += c[i + j * ldc];
        if (epilogue.bias != nullptr) value += epilogue.bias[i];
        const bool given = epilogue.activated != nullptr;
        const S sign = given ? epilogue.activated[i + j * ldc] : value;
        if (epilogue.activation.kind == Activation::Kind::Relu && !given) {
          if (value < S(0)) value = S(0);
        } else if (!epilogue.activation.is_none() && !(sign > S(0))) {
          value *= static_cast<S>(epilogue.activation.slope);
        }
        c[i + j * ldc] = value;
      }
    }
  }

  static constexpr Index depth_block = 2048 / static_cast<Index>(sizeof(S));
  static constexpr bool packed_as_is = true, commutative = true;
  static constexpr Index packed_depth(Index depth) noexcept { return depth; }
  struct Session {};

  static void pack_left(S* panel, Index panel_width, const detail::Operand<S>& a, Index first, Index width,
                        Index first_depth, Index depth) noexcept {
    detail::pack_left<Backend>(panel, panel_width, a, first, width, first_depth, depth);
  }
  static void pack_right(S* panel, Index ld, const detail::Operand<S>& b, Index first, Index width,
                         Index first_depth, Index depth) noexcept {
    if (b.width_is_contiguous)
      detail::pack_right_along_width<Backend>(panel, b, first, width, first_depth, depth);
    else
      detail::pack_right<Backend>(panel, ld, b, first, width, first_depth, depth);
  }

  static void copy_rows(S* to, Index to_ld, const S* from, Index from_ld, Index width, Index padded_width,
                        Index count) noexcept {
    for (Index p = 0; p < count; ++p) {
      copy_run(to + p * to_ld, from + p * from_ld, width);
      clear_run(to + p * to_ld + width, padded_width - width);
    }
  }

  static void transpose(S* to, Index to_ld, const S* from, Index from_ld, Index width, Index padded_width,
                        Index depth) noexcept {
    for (Index p = 0; p < depth; ++p) {
      for (Index i = 0; i < width; ++i) to[i + p * to_ld] = from[p + i * from_ld];
      clear_run(to + p * to_ld + width, padded_width - width);
    }
  }

  static void copy_run(S* to, const S* from, Index size) noexcept { std::copy_n(from, size, to); }
  static void clear_run(S* to, Index size) noexcept { std::fill_n(to, size, S(0)); }

  static void combine_columns(S* y, const S* a, Index ld, const S* x, Index rows, Index k) noexcept {
    std::fill_n(y, rows, S(0));
    for (Index p = 0; p < k; ++p) {
      for (Index r = 0; r < rows; ++r) y[r] += a[r + p * ld] * x[p];
    }
  }

  static void dot_columns(S* y, const S* a, Index ld, const S* x, Index columns, Index k) noexcept {
    for (Index c = 0; c < columns; ++c) {
      S sum[lanes] = {};
      for (Index p = 0; p < k; ++p) sum[p % lanes] += a[p + c * ld] * x[p];
      y[c] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
  }

  static void dot_bf16_columns(S* y, const std::uint32_t* a, Index ld, const S* x, Index columns,
                               Index k) noexcept {
    for (Index c = 0; c < columns; ++c) {
      S sum[lanes] = {};
      for (Index p = 0; p < k; ++p) {
        const std::uint32_t pair = a[p / 32 * 16 + p % 16 + c * ld];
        const bool is_upper = p % 32 >= 16;
        sum[p % lanes] += to_float(static_cast<Bf16>(is_upper ? pair >> 16 : pair & 0xFFFF)) * x[p];
      }
      y[c] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
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
