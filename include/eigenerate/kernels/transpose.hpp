#pragma once
// Transposition of many small matrices: the change between channel-last images and PyTorch's element order.

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// y_k = x_kᵀ for `count` matrices x_k (rows × cols, column-major and dense), one behind the other. No
/// aliasing.
template <class S>
void transpose_each(S* y, const S* x, Index rows, Index cols, Index count) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>

#include "eigenerate/kernels/backend/transpose_avx2.hpp"
#include "eigenerate/kernels/backend/transpose_neon.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/elementwise.hpp"
#include "eigenerate/kernels/isa.hpp"

namespace eigenerate::kernels {

namespace detail {

/// y = xᵀ, element by element.
template <class S>
void transpose_plainly(S* y, const S* x, Index rows, Index cols) noexcept {
  // A tile reads and writes whole cache lines: 16 floats are 64 bytes.
  constexpr Index tile = 16;
  for (Index c0 = 0; c0 < cols; c0 += tile)
    for (Index r0 = 0; r0 < rows; r0 += tile)
      for (Index r = r0; r < std::min(rows, r0 + tile); ++r)
        for (Index c = c0; c < std::min(cols, c0 + tile); ++c) y[c + cols * r] = x[r + rows * c];
}

#if EIGENERATE_X86_BACKENDS || EIGENERATE_NEON_BACKEND

#if EIGENERATE_X86_BACKENDS
#define EIGENERATE_TRANSPOSE __attribute__((target("avx2")))
#else
#define EIGENERATE_TRANSPOSE
#endif

/// y = xᵀ in blocks of registers, where both extents have room for one; the last blocks of an extent overlap.
/// Meanwhile it fetches as much memory from `next_y` and `next_x`.
///
/// The longer extent is the outer loop, so that fewer cache lines are left half used from one turn to the
/// next. Blocks jump from column to column, which hides what comes next from the processor: with the hints,
/// matrices of 128 × 49 floats that come from memory take 1.2 to 1.4 times a copy, without them 2 times.
/// AVX-512's blocks of 16 × 16 took 1.5 times as long as these.
template <class S>
EIGENERATE_TRANSPOSE void transpose_by_blocks(S* y, const S* x, Index rows, Index cols, const S* next_y,
                                              const S* next_x) noexcept {
  using Block = TransposeBlock<S>;
  constexpr Index size = Block::size, line = 64 / static_cast<Index>(sizeof(S));
  const bool outer_is_rows = rows > cols;
  const Index outer = std::max(rows, cols), inner = std::min(rows, cols);
  for (Index i = 0; i < outer; i += size) {
    const Index at = std::min(i, outer - size);
    for (Index j = 0; j < inner; j += size) {
      const Index across = std::min(j, inner - size);
      const Index r = outer_is_rows ? at : across, c = outer_is_rows ? across : at;
      Block::run(y + c + cols * r, cols, x + r + rows * c, rows);
      EIGENERATE_UNROLL
      for (Index next = 0; next < size * size; next += line) {
        __builtin_prefetch(next_x, 0, 2);
        __builtin_prefetch(next_y, 1, 2);
        next_x += line;
        next_y += line;
      }
    }
  }
}

#undef EIGENERATE_TRANSPOSE

#endif

}  // namespace detail

template <class S>
void transpose_each(S* y, const S* x, Index rows, Index cols, Index count) noexcept {
  const Index size = rows * cols;
  if (rows == 1 || cols == 1) return copy(y, x, size * count);
#if EIGENERATE_X86_BACKENDS || EIGENERATE_NEON_BACKEND
  if (isa() != Isa::Scalar && std::min(rows, cols) >= detail::TransposeBlock<S>::size) {
    detail::for_ranges(count, size, [&](Index k, Index end) {
      for (; k < end; ++k) {
        S* const to = y + k * size;
        const S* const from = x + k * size;
        const Index next = k + 1 < end ? size : 0;
        detail::transpose_by_blocks(to, from, rows, cols, to + next, from + next);
      }
    });
    return;
  }
#endif
  detail::for_ranges(count, size, [&](Index k, Index end) {
    for (; k < end; ++k) detail::transpose_plainly(y + k * size, x + k * size, rows, cols);
  });
}

EIGENERATE_INSTANTIATE(transpose_each)

}  // namespace eigenerate::kernels

#endif
