#pragma once
// A left operand whose panels are all packed before any product reads them, for weights that do not change.
//
// The blocks of k follow one another, and in each of them the panels: in the order, and cut, as products read
// them.

#include <algorithm>

#include "eigenerate/kernels/blocking.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Scalars of all panels of a block of k.
constexpr Index packed_left_block(const EvenSplit& row_panels, Index lanes, Index packed_depth) noexcept {
  return row_panels.extent * lanes * packed_depth;
}

/// Scalars of an m × k operand.
template <class Backend>
Index packed_left_size(Index m, Index k) noexcept {
  using Cut = Blocking<Backend>;
  const EvenSplit panels = Cut::row_panels(m), blocks = Cut::depth_blocks(k);
  Index size = 0;
  for (Index block = 0; block < blocks.chunks; ++block)
    size += packed_left_block(panels, Backend::lanes, Backend::packed_depth(blocks.size(block)));
  return size;
}

template <class Backend>
void pack_whole_left(typename Backend::Scalar* to, const Operand<typename Backend::Scalar>& a, Index m,
                     Index k) noexcept {
  using Cut = Blocking<Backend>;
  const EvenSplit panels = Cut::row_panels(m), blocks = Cut::depth_blocks(k);
  for (Index block = 0; block < blocks.chunks; ++block) {
    const Index depth = blocks.size(block);
    for (Index panel = 0; panel < panels.chunks; ++panel) {
      const Index row = panels.begin(panel) * Backend::lanes, width = panels.size(panel) * Backend::lanes;
      Backend::pack_left(to, width, a, row, std::min(width, m - row), blocks.begin(block), depth);
      to += width * Backend::packed_depth(depth);
    }
  }
}

}  // namespace eigenerate::kernels::detail
