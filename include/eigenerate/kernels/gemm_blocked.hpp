#pragma once
// The matrix product that all backends share: cutting into blocks, packing, and the loop over tiles.
//
// op(A) is cut into panels of a few registers of rows, op(B) into panels of a few columns, and both are
// copied
// ("packed") so that a micro-kernel reads each panel straight through. A block is as many panels as fit the
// packing buffer. All threads first pack the block together, then share out its tiles.
//
// An element of C is the sum over the blocks of k, in order, of one chain of multiply-adds each. Where m and
// n are cut does not enter it, which is why the bits depend neither on the threads nor on the elements
// around.

#include <algorithm>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/packing_buffer.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// One operand as packing sees it: `width` runs along the rows of op(A) or the columns of op(B), `depth`
/// along k.
template <class S>
struct Operand {
  const S* data;
  Index ld;
  bool width_is_contiguous;

  template <class Backend>
  void pack(S* panel, Index panel_width, Index first, Index width, Index first_depth,
            Index depth) const noexcept {
    if (width_is_contiguous) {
      Backend::pack_by_width(panel, panel_width, data + first + first_depth * ld, ld, width, depth);
    } else {
      Backend::pack_by_depth(panel, panel_width, data + first_depth + first * ld, ld, width, depth);
    }
  }
};

/// C (m × n) = activation(a · b + C if `accumulate` + bias).
template <class S>
struct Product {
  S* c;
  Index ldc;
  Operand<S> a, b;
  Index m, n, k;
  bool accumulate;
  Epilogue<S> epilogue;
};

/// Where a product is cut. The reasons below choose the numbers; on one core of a Zen 4 (32 KiB, 1 MiB and 32
/// MiB of cache) with AVX-512, half or twice of any of them changes products of 512³ to 2048³ by no more than
/// the 5 % by which repeated runs differ.
template <class Backend>
struct Blocking {
  using S = typename Backend::Scalar;

  // A panel of B, 8 columns wide, takes 16 KiB: half of the smallest first-level cache, where it stays while
  // the panels of A go by.
  static constexpr Index depth = 2048 / static_cast<Index>(sizeof(S));
  // A block of each operand takes 2 MiB, which stays in the last level of cache. It is this large to make the
  // loops on the pool few and long.
  static constexpr Index row_vectors = 1024 / Backend::lanes;
  static constexpr Index col_panels = 1024 / Backend::cols;
  // A tile of work is at most 144 × 64: small enough to give the 400 × 128 outputs of a small network to six
  // cores, large enough that handing it out costs nothing, and its panels of A stay in the second level of
  // cache.
  static constexpr Index tile_row_panels = 3;
  static constexpr Index tile_col_panels = 64 / Backend::cols;
  // Panels of B are packed side by side in steps of this depth, so that both cache lines of the source and
  // those of the panels are finished while they are in the first level.
  static constexpr Index packing_depth = 64;
  // Multiply-adds, about 5 microseconds of them, below which waking a thread costs more than it helps.
  static constexpr double serial_work = 3e5;

  static_assert(2 * 1024 * depth * sizeof(S) <= packing_bytes);
};

/// One run of the algorithm.
template <class Backend>
class BlockedProduct {
  using S = typename Backend::Scalar;
  using Cut = Blocking<Backend>;
  static constexpr Index lanes = Backend::lanes, cols = Backend::cols;

 public:
  explicit BlockedProduct(const Product<S>& product) noexcept
      : q_(product),
        serial_(static_cast<double>(q_.m) * static_cast<double>(q_.n) * static_cast<double>(q_.k) <
                Cut::serial_work),
        packed_a_(reinterpret_cast<S*>(packing_buffer())),
        packed_b_(packed_a_ + Cut::row_vectors * lanes * Cut::depth) {}

  void run() noexcept {
    const Index vectors = divide_up(q_.m, lanes), panels = divide_up(q_.n, cols);
    const EvenSplit column_blocks(panels, divide_up(panels, Cut::col_panels));
    const EvenSplit depth_blocks(q_.k, divide_up(q_.k, Cut::depth));
    const EvenSplit row_blocks(vectors, divide_up(vectors, Cut::row_vectors));
    for (Index jc = 0; jc < column_blocks.chunks; ++jc) {
      first_panel_ = column_blocks.begin(jc);
      panels_ = column_blocks.size(jc);
      for (Index pc = 0; pc < depth_blocks.chunks; ++pc) {
        first_depth_ = depth_blocks.begin(pc);
        depth_ = depth_blocks.size(pc);
        accumulate_ = q_.accumulate || pc > 0;
        epilogue_ = pc + 1 == depth_blocks.chunks ? q_.epilogue : Epilogue<S>{};
        for (Index ic = 0; ic < row_blocks.chunks; ++ic) {
          first_vector_ = row_blocks.begin(ic);
          row_panels_ = EvenSplit(row_blocks.size(ic), divide_up(row_blocks.size(ic), Backend::max_vectors));
          pack_block(ic == 0);
          multiply_block();
        }
      }
    }
  }

 private:
  // A panel of A within the block. Panels share the block's vectors evenly: 400 rows are 7 panels of 48 and 2
  // of 32, not 8 of 48 and one of 16, whose kernel has too few chains of additions to hide their latency.
  struct RowPanel {
    Index row, rows, vectors;
    S* packed;
  };
  RowPanel row_panel(Index panel) const noexcept {
    const Index begin = row_panels_.begin(panel), vectors = row_panels_.size(panel);
    const Index row = (first_vector_ + begin) * lanes;
    return {row, std::min(vectors * lanes, q_.m - row), vectors, packed_a_ + begin * lanes * depth_};
  }

  struct ColPanel {
    Index col, used;
    S* packed;
  };
  ColPanel col_panel(Index panel) const noexcept {
    const Index col = (first_panel_ + panel) * cols;
    return {col, std::min(cols, q_.n - col), packed_b_ + panel * cols * depth_};
  }

  void pack_block(bool with_b) noexcept {
    const Index groups = with_b ? divide_up(panels_, Cut::tile_col_panels) : 0;
    for_each(row_panels_.chunks + groups, [this](Index chunk) {
      if (chunk < row_panels_.chunks) {
        const RowPanel a = row_panel(chunk);
        q_.a.template pack<Backend>(a.packed, a.vectors * lanes, a.row, a.rows, first_depth_, depth_);
      } else {
        pack_columns((chunk - row_panels_.chunks) * Cut::tile_col_panels);
      }
    });
  }

  void pack_columns(Index first) const noexcept {
    const Index last = std::min(first + Cut::tile_col_panels, panels_);
    for (Index p = 0; p < depth_; p += Cut::packing_depth) {
      const Index depth = std::min(Cut::packing_depth, depth_ - p);
      for (Index panel = first; panel < last; ++panel) {
        const ColPanel b = col_panel(panel);
        q_.b.template pack<Backend>(b.packed + p * cols, cols, b.col, b.used, first_depth_ + p, depth);
      }
    }
  }

  void multiply_block() noexcept {
    const Index tile_rows = divide_up(row_panels_.chunks, Cut::tile_row_panels);
    const Index tile_cols = divide_up(panels_, Cut::tile_col_panels);
    for_each(tile_rows * tile_cols, [this, tile_rows](Index chunk) {
      const Index i = chunk % tile_rows * Cut::tile_row_panels, j = chunk / tile_rows * Cut::tile_col_panels;
      const Index last_i = std::min(i + Cut::tile_row_panels, row_panels_.chunks);
      const Index last_j = std::min(j + Cut::tile_col_panels, panels_);
      for (Index col = j; col < last_j; ++col) {
        for (Index row = i; row < last_i; ++row) multiply_panels(row_panel(row), col_panel(col));
      }
    });
  }

  void multiply_panels(const RowPanel& a, const ColPanel& b) const noexcept {
    S* const c = q_.c + a.row + b.col * q_.ldc;
    const Index height = a.vectors * lanes;
    Epilogue<S> epilogue = epilogue_;
    if (epilogue.bias != nullptr) epilogue.bias += a.row;
    if (a.rows == height && b.used == cols) {
      Backend::multiply_panels(c, q_.ldc, a.packed, b.packed, a.vectors, cols, depth_, accumulate_);
      if (epilogue.bias == nullptr && epilogue.activation == Activation::None) return;
      Backend::store_tile(c, q_.ldc, c, q_.ldc, a.rows, cols, false, epilogue);
    } else {
      alignas(64) S tile[Backend::max_vectors * lanes * cols];
      Backend::multiply_panels(tile, height, a.packed, b.packed, a.vectors, b.used, depth_, false);
      Backend::store_tile(c, q_.ldc, tile, height, a.rows, b.used, accumulate_, epilogue);
    }
  }

  template <class F>
  void for_each(Index chunks, const F& f) const noexcept {
    if (serial_) {
      for (Index chunk = 0; chunk < chunks; ++chunk) f(chunk);
    } else {
      parallel_for(chunks, f);
    }
  }

  const Product<S>& q_;
  const bool serial_;
  S* const packed_a_;
  S* const packed_b_;

  // The block at work.
  Index first_panel_ = 0, panels_ = 0, first_depth_ = 0, depth_ = 0, first_vector_ = 0;
  EvenSplit row_panels_{0, 1};
  bool accumulate_ = false;
  Epilogue<S> epilogue_{};
};

template <class Backend>
void gemm_blocked(const Product<typename Backend::Scalar>& product) noexcept {
  if (product.m > 0 && product.n > 0) BlockedProduct<Backend>(product).run();
}

}  // namespace eigenerate::kernels::detail
