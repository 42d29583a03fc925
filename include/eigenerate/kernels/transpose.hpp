#pragma once
// Transposition of many small matrices: the change between channel-last images and PyTorch's element order.

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/elementwise.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// y_k = x_kᵀ for `count` matrices x_k (rows × cols, column-major and dense), one behind the other. No
/// aliasing.
template <class S>
void transpose_each(S* y, const S* x, Index rows, Index cols, Index count) noexcept {
  if (rows == 1 || cols == 1) return copy(y, x, rows * cols * count);
  // A tile reads and writes whole cache lines: 16 floats are 64 bytes.
  constexpr Index tile = 16;
  detail::for_ranges(count, rows * cols, [&](Index k, Index end) {
    for (; k < end; ++k) {
      const S* from = x + k * rows * cols;
      S* to = y + k * rows * cols;
      for (Index c0 = 0; c0 < cols; c0 += tile)
        for (Index r0 = 0; r0 < rows; r0 += tile)
          for (Index r = r0; r < std::min(rows, r0 + tile); ++r)
            for (Index c = c0; c < std::min(cols, c0 + tile); ++c) to[c + cols * r] = from[r + rows * c];
    }
  });
}

}  // namespace eigenerate::kernels
