#pragma once
// What a product multiplies and where it writes: matrices, and images seen as the matrix of their windows.

#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// The windows of a batch of channel-last images that a kernel visits: `rows` × `cols` of them for each
/// image, `step` pixels apart, the first one's corner at `origin`. Pixels outside the image count as zero.
///
/// A window is a column of window_h·window_w·channels numbers, channels fastest; windows are numbered through
/// the batch, columns of the grid fastest.
template <class S>
struct WindowGrid {
  const S* images;
  Index channels, height, width;
  Index rows, cols;
  Index step_h, step_w;
  Index origin_h, origin_w;
  Index window_h, window_w;
};

/// A window of the grid: its image and its corner there.
template <class S>
class Window {
 public:
  Window(const WindowGrid<S>& grid, Index number) noexcept
      : grid_(grid),
        grid_col_(number % grid.cols),
        grid_row_(number / grid.cols % grid.rows),
        image(grid.images + number / grid.cols / grid.rows * image_size()),
        row(grid.origin_h + grid_row_ * grid.step_h),
        col(grid.origin_w + grid_col_ * grid.step_w) {}

  /// Moves to the next number.
  void advance() noexcept {
    col += grid_.step_w;
    if (++grid_col_ < grid_.cols) return;
    grid_col_ = 0;
    col = grid_.origin_w;
    row += grid_.step_h;
    if (++grid_row_ < grid_.rows) return;
    grid_row_ = 0;
    row = grid_.origin_h;
    image += image_size();
  }

 private:
  Index image_size() const noexcept { return grid_.channels * grid_.height * grid_.width; }

  const WindowGrid<S>& grid_;
  Index grid_col_, grid_row_;

 public:
  const S* image;
  Index row, col;
};

/// One factor of a product, as packing sees it: `width` runs along the rows of op(A) or the columns of op(B),
/// `depth` along k. Element (w, d) of a matrix stands at data[w + d·ld], or at data[d + w·ld].
///
/// With `windows`, it is the matrix of these instead: their numbers run along the depth if the width is
/// contiguous, else along the width.
template <class S>
struct Operand {
  const S* data;
  Index ld;
  bool width_is_contiguous;
  const WindowGrid<S>* windows = nullptr;

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

  /// Moves to the next number.
  void advance() noexcept {
    if (++col_ < output_.cols) return;
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

/// C (m × n) = activation(a · b + C if `accumulate` + bias).
template <class S>
struct Product {
  Output<S> c;
  Operand<S> a, b;
  Index m, n, k;
  bool accumulate = false;
  Epilogue<S> epilogue{};
};

}  // namespace eigenerate::kernels::detail
