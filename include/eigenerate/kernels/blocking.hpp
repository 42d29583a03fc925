#pragma once
// How a product is cut into blocks, panels and tiles.

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/packing_buffer.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Where a product is cut. The reasons below choose the numbers; none was tuned beyond them.
template <class Backend>
struct Blocking {
  using S = typename Backend::Scalar;

  // The packed depth of a block, 2 KiB a column: a right panel 8 columns wide takes 16 KiB, half of the
  // smallest first-level cache, where it stays while the left panels go by.
  static constexpr Index depth = Backend::depth_block;
  // Its columns are set apart by one more line of cache, or all would fall into the same few sets.
  static constexpr Index right_gap = 64 / static_cast<Index>(sizeof(S));
  static constexpr Index right_ld = Backend::packed_depth(depth) + right_gap;
  // A tile of work is at most all rows × 64 columns where rows are few, else 144 rows and all columns of a
  // block: large enough that handing it out costs nothing, and its left panels stay in the second level of
  // cache.
  static constexpr Index tile_row_panels = 3;
  static constexpr Index tile_col_panels = std::max<Index>(1, 64 / Backend::cols);
  // Tiles that a block is cut into where the work allows it, enough for a few cores. Rows that make fewer
  // panels are few.
  static constexpr Index enough_tile_rows = 8, enough_tiles = 16;
  // A block of op(B) takes 2 MiB, which stays in the last level of cache.
  static constexpr Index col_panels = 1024 / Backend::cols;
  // Right panels are packed side by side in steps of this depth, so that both cache lines of the source and
  // those of the panels are finished while they are in the first level.
  static constexpr Index packing_depth = 64;
  // Multiply-adds, about 5 microseconds of them, below which waking a thread costs more than it helps.
  static constexpr double serial_work = 3e5;

  // The packing buffer: a left and a right block, which threads share, and the panels of a thread's own.
  static constexpr Index left_panel = Backend::max_vectors * Backend::lanes * Backend::packed_depth(depth);
  static constexpr Index left_block = enough_tile_rows * left_panel;
  static constexpr Index right_block = col_panels * Backend::cols * right_ld;
  static constexpr Index panel_size = Backend::cols * right_ld;
  static constexpr Index own_right = panel_size;  // shallow panels share it
  static constexpr Index own_panels = std::max(tile_row_panels * left_panel, own_right);
  static_assert((left_block + right_block + own_panels) * sizeof(S) <= packing_bytes);

  /// The left panels of m rows, in registers. They share these evenly: 400 rows are 7 panels of 48 and 2 of
  /// 32, not 8 of 48 and one of 16, whose kernel has too few chains of additions to hide their latency.
  static constexpr EvenSplit row_panels(Index m) noexcept {
    const Index vectors = divide_up(m, Backend::lanes);
    return {vectors, divide_up(vectors, Backend::max_vectors)};
  }
  /// The blocks of k, of at most `most` steps each.
  static constexpr EvenSplit depth_blocks(Index k, Index most = depth) noexcept {
    return {k, divide_up(k, most)};
  }
};

}  // namespace eigenerate::kernels::detail
