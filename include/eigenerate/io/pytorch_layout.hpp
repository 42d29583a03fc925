#pragma once

#include <algorithm>
#include <vector>

#include "eigenerate/layers/plan.hpp"

namespace eigenerate {

/// Whether a segment's memory holds PyTorch's bytes.
inline bool has_pytorch_layout(const Segment& segment) {
  return std::is_sorted(segment.memory_order.begin(), segment.memory_order.end());
}

/// Calls `f(position)` for every element in PyTorch's order (slowest dimension first), with the place where
/// it stands in the segment's memory.
template <class F>
void for_each_pytorch_position(const Segment& segment, F&& f) {
  const std::size_t rank = segment.shape.size();
  std::vector<Index> stride(rank), at(rank, 0);
  Index step = 1;
  for (std::size_t k = rank; k-- > 0;) {
    const auto dimension = static_cast<std::size_t>(segment.memory_order[k]);
    stride[dimension] = step;
    step *= segment.shape[dimension];
  }
  Index position = 0;
  for (Index i = 0; i < segment.size; ++i) {
    f(position);
    for (std::size_t k = rank; k-- > 0;) {
      position += stride[k];
      if (++at[k] < segment.shape[k]) break;
      position -= stride[k] * segment.shape[k];
      at[k] = 0;
    }
  }
}

}  // namespace eigenerate
