#pragma once
// The matrix product that all backends share: cutting into blocks, packing, and the loop over tiles.
//
// op(A) is cut into panels of a few registers of rows, op(B) into panels of a few columns, and both are
// copied ("packed") so that a micro-kernel reads each panel straight through. The work is shared out in
// tiles, some panels of each. An operand that only one row (or column) of tiles reads is packed by the
// thread that multiplies it, just before, and is still in its nearer caches then; otherwise all threads first
// pack it together. Where a panel would be read a few times only, and lies in memory as a micro-kernel wants
// it, it is read in place. A left operand may have been packed long before (packed_left.hpp). The windows of
// images are read in a frame of these (frame.hpp), which takes the place of their panels.
//
// An element of C is the sum over the blocks of k, in order, of one chain of multiply-adds each. Where m and
// n are cut does not enter it, nor which operand is left, which is why the bits depend neither on the threads
// nor on the elements around.

#include <algorithm>
#include <optional>
#include <utility>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/blocking.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/frame.hpp"
#include "eigenerate/kernels/gemm_in_place.hpp"
#include "eigenerate/kernels/gemv.hpp"
#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/packed_left.hpp"
#include "eigenerate/kernels/packing_buffer.hpp"
#include "eigenerate/kernels/panels.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// One run of the algorithm.
template <class Backend>
class BlockedProduct {
  using S = typename Backend::Scalar;
  using Cut = Blocking<Backend>;
  static constexpr Index lanes = Backend::lanes, cols = Backend::cols;

 public:
  explicit BlockedProduct(const Product<S>& product) noexcept
      : q_(product),
        serial_(work(product.m, product.n) * static_cast<double>(product.k) < Cut::serial_work),
        left_block_(reinterpret_cast<S*>(packing_buffer_.data())),
        right_block_(left_block_ + Cut::left_block) {
    // An operand with few rows fills registers badly: if the other one does better, the product is computed
    // as Cᵀ = op(B)ᵀ op(A)ᵀ. The tiles are turned then, once in each block of k. For a gain of less than a
    // twentieth it does not pay: what is left out of the account weighs more.
    const double turning = work(q_.m, q_.n) / static_cast<double>(std::clamp<Index>(q_.k, 1, Cut::depth));
    // On the left a frame gives registers of neighbors only; where rows of windows do not fill them, the
    // windows are worth turning to the right. Not for so many columns that gathering is forgotten: weight
    // gradients of 1 to 16 channels (4 × 4 windows, AVX2) ran at 71 GFLOP/s turned and 58 not, of 1 to 32 at
    // 77 and 77, of 1 to 64 at 84 and 93; with AVX-512 at 96 and 73, 128 and 106, 139 and 140.
    const bool in_frame = is_framed_across(q_.a) && q_.a.windows->run() % lanes != 0 && q_.n <= 2 * q_.m;
    turned_ = Backend::commutative && q_.c.is_matrix() &&
              (in_frame ? 0.8 : 1.05) * (turning + time_of(q_.b, q_.n, q_.m)) < time_of(q_.a, q_.m, q_.n);
    if (turned_) {
      std::swap(q_.a, q_.b);
      std::swap(q_.m, q_.n);
    }
  }

  void run() noexcept {
    const Index panels = divide_up(q_.n, cols);
    row_panels_ = Cut::row_panels(q_.m);
    const EvenSplit column_blocks(panels, is_flat() ? 1 : divide_up(panels, Cut::col_panels));
    const EvenSplit depth_blocks = Cut::depth_blocks(q_.k, choose_depth(std::min(panels, Cut::col_panels)));
    is_deep_ = depth_blocks.chunks > 1;
    for (Index jc = 0; jc < column_blocks.chunks; ++jc) {
      first_panel_ = column_blocks.begin(jc);
      panels_ = column_blocks.size(jc);
      packed_left_ = q_.a.packed;
      for (Index pc = 0; pc < depth_blocks.chunks; ++pc) {
        first_depth_ = depth_blocks.begin(pc);
        depth_ = depth_blocks.size(pc);
        packed_depth_ = Backend::packed_depth(depth_);
        accumulate_ = q_.accumulate || pc > 0;
        epilogue_ = pc + 1 == depth_blocks.chunks ? q_.epilogue : Epilogue<S>{};
        choose_tiles();
        find_frame();
        pack_shared();
        multiply_tiles();
        if (packed_left_ != nullptr) packed_left_ += packed_left_block(row_panels_, lanes, packed_depth_);
      }
    }
  }

 private:
  /// Who packs an operand: everyone before the tiles, the thread that works on a tile, nobody, or whoever
  /// made the product; `Framed` are windows in a frame, that of all tiles or, where windows are the columns
  /// of op(B), of each tile.
  enum class Packing { Shared, Own, InPlace, Ahead, Framed };

  struct Rows {
    Index row, rows, vectors;
    LeftPanel<S> panel;
  };
  struct Columns {
    Index col, used;
    RightPanels<S> panels;

    void skip(Index count) noexcept {
      col += count * cols;
      used -= count * cols;
      panels.skip(count, cols);
    }
  };

  Rows left_panel(Index panel, S* own) const noexcept {
    const Index begin = row_panels_.begin(panel), vectors = row_panels_.size(panel), width = vectors * lanes;
    const Index row = begin * lanes, rows = std::min(width, q_.m - row);
    Rows result{row, rows, vectors, {own, width}};
    switch (left_) {
      case Packing::Framed:
        result.panel = {left_block_, 0, steps_};
        frame_->number_offsets(result.panel.registers, row, vectors, lanes);
        break;
      case Packing::InPlace:
        result.panel = {q_.a.at(row, first_depth_), q_.a.ld};
        break;
      case Packing::Ahead:
        result.panel.data = packed_left_ + row * packed_depth_;
        break;
      case Packing::Shared:
        result.panel.data = left_block_ + row * packed_depth_;
        break;
      default:
        Backend::pack_left(own, width, q_.a, row, rows, first_depth_, depth_);
    }
    return result;
  }

  /// The panels from `first` to `last`. `packed` is where they were packed to, if they were, or the frame, in
  /// which their columns are found.
  Columns right_panels(Index first, Index last, const S* packed,
                       const Offset* columns = nullptr) const noexcept {
    const Index col = (first_panel_ + first) * cols, used = std::min((last - first) * cols, q_.n - col);
    if (right_ == Packing::Framed) return {col, used, {packed, 0, 0, 0, steps_, columns}};
    const bool along_width = Backend::packed_as_is && q_.b.width_is_contiguous;
    if (right_ == Packing::InPlace) {
      const Index next = along_width ? cols : cols * q_.b.ld;
      return {col, used, panels_at(q_.b.at(col, first_depth_), q_.b.ld, next, along_width)};
    }
    return {col, used, panels_at(packed, along_width ? cols : right_ld(), right_size(), along_width)};
  }
  static RightPanels<S> panels_at(const S* data, Index ld, Index next, bool along_width) noexcept {
    return along_width ? RightPanels<S>{data, 1, ld, next} : RightPanels<S>{data, ld, 1, next};
  }

  /// From column to column of a packed right panel, and from panel to panel.
  Index right_ld() const noexcept { return packed_depth_ + Cut::right_gap; }
  Index right_size() const noexcept { return cols * right_ld(); }

  bool is_tall() const noexcept { return row_panels_.chunks >= Cut::enough_tile_rows; }
  /// Whether columns of op(B) are read by one tile each, and can be packed a few at a time: their depth is
  /// contiguous. (Rows of it would come into the cache once for every few columns.)
  bool is_flat() const noexcept { return !is_tall() && !q_.b.width_is_contiguous; }

  /// Whether an operand can be the numbers of windows, side by side, in a frame of the windows of a block.
  static bool is_framed_across(const Operand<S>& operand) noexcept {
    return Backend::packed_as_is && operand.windows != nullptr && operand.width_is_contiguous;
  }

  /// The depth of a block, so that the frame of its windows fits in the place of their panels. Blocks of less
  /// than `least` would pass through C too often.
  Index choose_depth(Index panels) noexcept {
    constexpr Index least = Cut::depth / 8;
    const bool left = is_framed_across(q_.a) && q_.a.windows->run() % lanes == 0;
    frame_is_shared_ = q_.k > 0 && (left || is_framed_across(q_.b));
    if (!frame_is_shared_) return Cut::depth;
    const Index room =
        left ? Cut::left_block + Cut::right_block - panels * Cut::panel_size : Cut::right_block;
    const WindowGrid<S>& windows = left ? *q_.a.windows : *q_.b.windows;
    for (Index depth = Cut::depth; depth >= least; depth /= 2) {
      const Index size = Frame<S>::most(windows, std::min(depth, q_.k), 0, left ? q_.m : q_.n);
      if (size > room) continue;
      if (left) right_block_ = left_block_ + Cut::left_block + Cut::right_block - panels * Cut::panel_size;
      return depth;
    }
    frame_is_shared_ = false;
    return Cut::depth;
  }

  /// Many rows are cut into rows only, few rows into columns only. In a deep product one block follows the
  /// other while the threads are awake, so that smaller tiles pay.
  void choose_tiles() noexcept {
    const Index panels = row_panels_.chunks;
    const bool tall = is_tall();
    tile_row_panels_ = tall ? Cut::tile_row_panels : panels;
    tile_col_panels_ = tall ? panels_ : Cut::tile_col_panels;
    while (tall && divide_up(panels, tile_row_panels_) < Cut::enough_tile_rows) --tile_row_panels_;
    tile_rows_ = divide_up(panels, tile_row_panels_);
    const double panel_work = work(q_.m, cols * depth_);
    while (!tall && tile_col_panels_ > 1 && divide_up(panels_, tile_col_panels_) < Cut::enough_tiles &&
           panel_work * static_cast<double>(tile_col_panels_) > (is_deep_ ? 1 : 2) * Cut::serial_work) {
      tile_col_panels_ /= 2;
    }
    tile_cols_ = divide_up(panels_, tile_col_panels_);
    left_ = tall ? Packing::Own : Packing::Shared;
    right_ = is_flat() ? Packing::Own : Packing::Shared;

    if constexpr (Backend::packed_as_is) {
      if (panels_ == 1 && q_.m % lanes == 0 && q_.a.windows == nullptr && q_.a.width_is_contiguous)
        left_ = Packing::InPlace;
      // A micro-kernel computes a power of two of columns. Contiguous columns come into the first level of
      // cache with their first left panel; more than four of them, a large power of two apart, find no room
      // there.
      const Index last_cols = q_.n % cols;
      const bool fits = cols <= 4 || q_.b.ld * static_cast<Index>(sizeof(S)) % 2048 != 0;
      if ((panels == 1 || !q_.b.width_is_contiguous) && q_.b.windows == nullptr &&
          (last_cols & (last_cols - 1)) == 0 && fits)
        right_ = Packing::InPlace;
      if (frame_is_shared_) {
        (is_framed_across(q_.a) ? left_ : right_) = Packing::Framed;
        // Kernels read whole panels beside a frame, with the zeros that packing adds.
        if (left_ == Packing::Framed && last_cols > 0) right_ = Packing::Shared;
      } else if (!tall && q_.b.windows != nullptr && !q_.b.width_is_contiguous && depth_ > 0 &&
                 Frame<S>::most(*q_.b.windows, tile_col_panels_ * cols, first_depth_, depth_) <=
                     Cut::own_panels) {
        right_ = Packing::Framed;
      }
    }
    if (packed_left_ != nullptr) left_ = Packing::Ahead;
  }

  /// The frame of the block, where there is one, and the way through a frame from step to step.
  void find_frame() noexcept {
    frame_.reset();
    if (frame_is_shared_) {
      const bool left = left_ == Packing::Framed;
      frame_.emplace(left ? *q_.a.windows : *q_.b.windows, first_depth_, depth_, 0, left ? q_.m : q_.n);
      frame_->window_offsets(steps_, first_depth_, depth_);
    } else if (right_ == Packing::Framed) {
      Frame<S>(*q_.b.windows, 0, 1, first_depth_, depth_).number_offsets(steps_, first_depth_, depth_);
    }
  }

  /// The frame of the right panels from `first` to `last`, and their columns in it.
  const S* right_frame(S* own, Offset* columns, Index first, Index last) const noexcept {
    const Index col = (first_panel_ + first) * cols, count = std::min((last - first) * cols, q_.n - col);
    if (frame_is_shared_) {
      frame_->number_offsets(columns, col, count);
    } else {
      const Frame<S> frame(*q_.b.windows, col, count, first_depth_, depth_);
      frame.template fill<Backend>(own, 0, frame.rows());
      frame.window_offsets(columns, col, count);
    }
    std::fill(columns + count, columns + (last - first) * cols, 0);  // any will do
    return frame_is_shared_ ? right_block_ : own;
  }

  void pack_shared() noexcept {
    constexpr Index frame_rows = 16;
    const Index lefts = left_ == Packing::Shared ? row_panels_.chunks : 0;
    const Index rights = right_ == Packing::Shared ? divide_up(panels_, Cut::tile_col_panels) : 0;
    const Index frames = frame_ ? divide_up(frame_->rows(), frame_rows) : 0;
    for_each(lefts + rights + frames, [this, lefts, rights](Index chunk) {
      if (chunk < lefts) {
        const Rows a = left_panel(chunk, nullptr);
        Backend::pack_left(const_cast<S*>(a.panel.data), a.panel.ld, q_.a, a.row, a.rows, first_depth_,
                           depth_);
      } else if (chunk < lefts + rights) {
        pack_columns((chunk - lefts) * Cut::tile_col_panels);
      } else {
        const Index row = (chunk - lefts - rights) * frame_rows,
                    last = std::min(row + frame_rows, frame_->rows());
        frame_->template fill<Backend>(left_ == Packing::Framed ? left_block_ : right_block_, row, last);
      }
    });
  }

  void pack_columns(Index first) const noexcept {
    const Index last = std::min(first + Cut::tile_col_panels, panels_);
    for (Index p = 0; p < depth_; p += Cut::packing_depth) {
      const Index depth = std::min(Cut::packing_depth, depth_ - p);
      for (Index panel = first; panel < last; ++panel) {
        S* const packed = right_block_ + panel * right_size();
        const Columns b = right_panels(panel, panel + 1, packed);
        Backend::pack_right(packed + Backend::packed_depth(p) * b.panels.step, right_ld(), q_.b, b.col,
                            b.used, first_depth_ + p, depth);
      }
    }
  }

  /// The right panels from `first` to `last`.
  void pack_group(S* to, Index first, Index last) const noexcept {
    const Index col = (first_panel_ + first) * cols, end = std::min((first_panel_ + last) * cols, q_.n);
    // All at once where columns of panels lie as far apart as columns of one.
    const Index width = Backend::packed_as_is && !q_.b.width_is_contiguous ? end - col : cols;
    for (Index c = col; c < end; c += width)
      Backend::pack_right(to + (c - col) * right_ld(), right_ld(), q_.b, c, std::min(width, end - c),
                          first_depth_, depth_);
  }

  void multiply_tiles() noexcept {
    for_each(tile_rows_ * tile_cols_, [this](Index tile) {
      [[maybe_unused]] const typename Backend::Session session;
      const PackingBuffer packing_buffer;
      S* const own = reinterpret_cast<S*>(packing_buffer.data()) + Cut::left_block + Cut::right_block;
      const Index first_row = tile % tile_rows_ * tile_row_panels_,
                  first_col = tile / tile_rows_ * tile_col_panels_;
      const Index rows = std::min(tile_row_panels_, row_panels_.chunks - first_row);
      const Index last_col = std::min(first_col + tile_col_panels_, panels_);
      Offset columns[Cut::col_panels * cols];
      const S* const frame =
          right_ == Packing::Framed ? right_frame(own, columns, first_col, last_col) : nullptr;
      Rows left[Cut::enough_tile_rows];
      for (Index i = 0; i < rows; ++i) left[i] = left_panel(first_row + i, own + i * Cut::left_panel);
      const Index group = std::max<Index>(1, Cut::own_right / right_size());
      for (Index first = first_col; first < last_col; first += group) {
        const Index last = std::min(first + group, last_col);
        if (right_ == Packing::Own) pack_group(own, first, last);
        const S* const packed = right_ == Packing::Own ? own : right_block_ + first * right_size();
        for (Index i = 0; i < rows; ++i) {
          Columns right = right_panels(first, last, frame != nullptr ? frame : packed,
                                       columns + (first - first_col) * cols);
          multiply_panels(left[i], right);
        }
      }
    });
  }

  /// Leaves b behind its last column.
  void multiply_panels(const Rows& a, Columns& b) const noexcept {
    const bool writes_to_c = a.rows == a.vectors * lanes && !turned_ && q_.c.is_matrix();
    const Index whole = writes_to_c ? b.used / cols : 0;
    if (whole > 0) {
      S* const c = q_.c.data + a.row + b.col * q_.c.ld;
      Backend::multiply_panels(c, q_.c.ld, a.panel, b.panels, a.vectors, whole * cols, packed_depth_,
                               accumulate_, epilogue_at(a.row, c));
      b.skip(whole);
    }
    while (b.used > 0) {
      const Index panels = std::clamp<Index>(b.used / cols, 1, most_panels());
      multiply_by_tile(a, b, std::min(b.used, panels * cols));
      b.skip(panels);
    }
  }

  // Right panels in a tile that is not C itself: 32 columns, a few kilobytes; where it is turned, as many as
  // the transpose writes at a time, because what is read again at once, and wider than it was written, waits
  // until all that was stored before is in the cache.
  static constexpr Index tile_cols = std::max<Index>(cols, 32);
  Index most_panels() const noexcept { return turned_ ? std::max<Index>(1, 8 / cols) : tile_cols / cols; }

  /// The first `used` columns of b: whole panels, or a part of one.
  void multiply_by_tile(const Rows& a, const Columns& b, Index used) const noexcept {
    const Index height = a.vectors * lanes;
    alignas(64) S tile[Backend::max_vectors * lanes * tile_cols];
    Backend::multiply_panels(tile, height, a.panel, b.panels, a.vectors, used, packed_depth_, false, {});
    if (turned_) {
      alignas(64) S upright[Backend::max_vectors * lanes * tile_cols];
      Backend::transpose(upright, used, tile, height, used, used, a.rows);
      store(upright, used, b.col, used, a.row, a.rows);
    } else {
      store(tile, height, a.row, a.rows, b.col, used);
    }
  }

  /// The elements of C from (row, col) on take those of a tile.
  void store(const S* tile, Index tile_ld, Index row, Index rows, Index col, Index columns) const noexcept {
    if (q_.c.is_matrix()) {
      S* const c = q_.c.data + row + col * q_.c.ld;
      return Backend::store_tile(c, q_.c.ld, tile, tile_ld, rows, columns, accumulate_, epilogue_at(row, c));
    }
    Pixel<S> pixel(q_.c, col);
    for (Index j = 0; j < columns;) {
      const Index used = std::min(columns - j, pixel.left_in_row());
      S* const c = pixel.data() + row;
      Backend::store_tile(c, q_.c.ld, tile + j * tile_ld, tile_ld, rows, used, accumulate_,
                          epilogue_at(row, c));
      pixel.advance(used);
      j += used;
    }
  }

  /// That of the rows from `row` on, whose first element is c.
  Epilogue<S> epilogue_at(Index row, const S* c) const noexcept {
    Epilogue<S> epilogue = epilogue_;
    if (epilogue.bias != nullptr) epilogue.bias += row;
    if (epilogue.activated != nullptr) epilogue.activated += c - q_.c.data;
    return epilogue;
  }

  static double work(Index m, Index n) noexcept { return static_cast<double>(m) * static_cast<double>(n); }

  /// What m × n elements take for a step of k, in half cycles. Micro-kernels begin two multiply-adds a cycle,
  /// each ready after four. A left operand whose depth is contiguous is transposed: a fifth of a cycle for
  /// each number, with which the faster way won for 8 to 128 rows on AVX2 and AVX-512.
  static double time_of(const Operand<S>& left, Index m, Index n) noexcept {
    const auto time_of_tile = [](Index vectors, Index width) {
      return Backend::packed_as_is ? std::max<Index>(vectors * width, 8) : vectors * width;
    };
    Index last = n % cols > 0 ? 1 : 0;
    while (last < n % cols) last *= 2;
    const auto time_of_panel = [&](Index vectors) {
      return n / cols * time_of_tile(vectors, cols) + (last > 0 ? time_of_tile(vectors, last) : 0);
    };
    const Index vectors = divide_up(m, lanes);
    const EvenSplit panels(vectors, divide_up(vectors, Backend::max_vectors));
    const Index shortest = panels.size(panels.chunks - 1), longer = vectors - shortest * panels.chunks;
    return static_cast<double>(longer) * static_cast<double>(time_of_panel(shortest + 1)) +
           static_cast<double>(panels.chunks - longer) * static_cast<double>(time_of_panel(shortest)) +
           (left.width_is_contiguous || left.packed != nullptr ? 0 : 0.4 * static_cast<double>(m));
  }

  template <class F>
  void for_each(Index chunks, const F& f) const noexcept {
    if (serial_) {
      for (Index chunk = 0; chunk < chunks; ++chunk) f(chunk);
    } else {
      parallel_for(chunks, f);
    }
  }

  Product<S> q_;
  const bool serial_;
  const PackingBuffer packing_buffer_;
  S* const left_block_;
  S* right_block_;
  bool turned_ = false;

  // The block at work.
  EvenSplit row_panels_{0, 1};
  Index first_panel_ = 0, panels_ = 0, first_depth_ = 0, depth_ = 0, packed_depth_ = 0;
  Index tile_rows_ = 0, tile_row_panels_ = 0, tile_cols_ = 0, tile_col_panels_ = 0;
  Packing left_ = Packing::Shared, right_ = Packing::Shared;
  const S* packed_left_ = nullptr;
  bool accumulate_ = false;
  bool is_deep_ = false;  // whether there are several blocks of k
  Epilogue<S> epilogue_{};

  // Windows that are read in a frame.
  bool frame_is_shared_ = false;
  std::optional<Frame<S>> frame_;
  Offset steps_[Cut::depth];
};

/// A product of any shape; empty ones do nothing.
template <class Backend>
void multiply(const Product<typename Backend::Scalar>& product) noexcept {
  if (product.m < 1 || product.n < 1) return;
  if (multiply_vector<Backend>(product) || multiply_in_place<Backend>(product)) return;
  BlockedProduct<Backend>(product).run();
}

}  // namespace eigenerate::kernels::detail
