#pragma once
// What a product multiplies, and where it writes: matrices, or images seen as such.

#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/windows.hpp"

namespace eigenerate::kernels::detail {

/// One factor of a product, as packing sees it: `width` runs along the rows of op(A) or the columns of op(B),
/// `depth` along k. Element (w, d) of a matrix stands at data[w + d·ld], or at data[d + w·ld].
///
/// With `windows`, it is the matrix of these instead: their numbers run along the depth if the width is
/// contiguous, else along the width.
///
/// A left operand may come with all its panels `packed` (packed_left.hpp), by the kernels that multiply it,
/// where op(B) is not windows along its width, whose frame may want shorter blocks. Products with pixels of a
/// grid then read nothing else of it; others may still do so.
template <class S>
struct Operand {
  const S* data;
  Index ld;
  bool width_is_contiguous;
  const WindowGrid<S>* windows = nullptr;
  const S* packed = nullptr;

  /// The first of a stretch of elements of a matrix.
  const S* at(Index width, Index depth) const noexcept {
    return data + (width_is_contiguous ? width + depth * ld : depth + width * ld);
  }
};

/// The result: the columns of a matrix, `ld` apart; or, where `cols` is not 0, the pixels of a grid in a
/// batch of images, `ld` apart within a row.
template <class S>
struct Output {
  S* data;
  Index ld;
  Index cols = 0, rows = 0;
  Index row_stride = 0, image_stride = 0;

  bool is_matrix() const noexcept { return cols == 0; }
};

/// A pixel of an output that is no matrix.
template <class S>
class Pixel {
 public:
  Pixel(const Output<S>& output, Index number) noexcept
      : output_(output),
        col_(number % output.cols),
        row_(number / output.cols % output.rows),
        row_data_(output.data + row_ * output.row_stride +
                  number / output.cols / output.rows * output.image_stride) {}

  S* data() const noexcept { return row_data_ + col_ * output_.ld; }

  /// Numbers from this one on that follow in its row.
  Index left_in_row() const noexcept { return output_.cols - col_; }

  /// Moves on by `count` numbers, at most those left in the row.
  void advance(Index count) noexcept {
    col_ += count;
    if (col_ < output_.cols) return;
    col_ = 0;
    row_data_ += output_.row_stride;
    if (++row_ < output_.rows) return;
    row_ = 0;
    row_data_ += output_.image_stride - output_.rows * output_.row_stride;
  }

 private:
  const Output<S>& output_;
  Index col_, row_;
  S* row_data_;
};

/// C (m × n) = activation(a · b + C if `accumulate` + bias), or what else the epilogue says.
template <class S>
struct Product {
  Output<S> c;
  Operand<S> a, b;
  Index m, n, k;
  bool accumulate = false;
  Epilogue<S> epilogue{};
};

}  // namespace eigenerate::kernels::detail
