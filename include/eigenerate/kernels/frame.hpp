#pragma once
// The part of a batch of images that a stretch of windows sees, with the zeros that surround images, as one
// array in which no window is cut.
//
// The numbers of windows overlap there as they do in the images: a frame is many times smaller than the
// matrix of its windows. A micro-kernel reads number i of window w at offset(w) + offset(i), so that this
// matrix is never copied (Dukhan, The indirect convolution algorithm, 2019, which has an address for each
// pixel of each window, where padding lets one sum do).

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/panels.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/windows.hpp"

namespace eigenerate::kernels::detail {

template <class S>
class Frame {
 public:
  /// Numbers [first, first + size) of the windows [first_window, first_window + count), none empty.
  Frame(const WindowGrid<S>& g, Index first_window, Index count, Index first, Index size) noexcept
      : Frame(g, first, size) {
    const Index first_row = first_window / g.cols, last_row = (first_window + count - 1) / g.cols;
    first_image_ = first_row / g.rows;
    first_row_ = first_row % g.rows;
    rows_ = row_of(last_row / g.rows, last_row % g.rows) + kernel_rows_;
  }

  /// Scalars that `count` windows take at most, wherever they begin.
  static Index most(const WindowGrid<S>& g, Index count, Index first, Index size) noexcept {
    const Frame frame(g, first, size);
    const Index rows = std::max<Index>(0, count - 2 + g.cols) / g.cols + 1;  // of the grid
    const Index images = std::max<Index>(0, rows - 2 + g.rows) / g.rows;     // that end among them
    const Index at_an_end = std::max<Index>(0, frame.image_rows_ - g.rows * g.step_h);
    return ((rows - 1) * g.step_h + frame.kernel_rows_ + images * at_an_end) * frame.row_size_;
  }

  Index rows() const noexcept { return rows_; }
  Index size() const noexcept { return rows_ * row_size_; }

  /// Rows [begin, end) of the frame that stands at `to`.
  template <class Backend>
  void fill(S* to, Index begin, Index end) const noexcept {
    const Index left = std::clamp<Index>(-g_.origin_w, 0, row_size_ / g_.channels) * g_.channels;
    const Index first = g_.origin_w * g_.channels + left, image_row = g_.width * g_.channels;
    const Index used = std::clamp<Index>(image_row - first, 0, row_size_ - left),
                right = row_size_ - left - used;
    to += begin * row_size_;
    for (Index row = begin; row < end; ++row, to += row_size_) {
      const Index padded = first_row_ * g_.step_h + row;
      const Index image = first_image_ + padded / image_rows_;
      const Index y = g_.origin_h + first_kernel_row_ + padded % image_rows_;
      if (y < 0 || y >= g_.height || used == 0) {
        Backend::clear_run(to, row_size_);
        continue;
      }
      if (left > 0) Backend::clear_run(to, left);
      Backend::copy_run(to + left, g_.images + (image * g_.height + y) * image_row + first, used);
      if (right > 0) Backend::clear_run(to + left + used, right);
    }
  }

  /// Where the windows [first, first + count) begin.
  void window_offsets(Offset* to, Index first, Index count) const noexcept {
    Index col = first % g_.cols, row = first / g_.cols % g_.rows, image = first / g_.cols / g_.rows;
    for (Index i = 0; i < count; ++image, row = 0) {
      for (; i < count && row < g_.rows; ++row, col = 0) {
        const Index begin = row_of(image, row) * row_size_;
        for (; i < count && col < g_.cols; ++col)
          to[i++] = static_cast<Offset>(begin + col * g_.step_w * g_.channels);
      }
    }
  }

  /// Where the numbers first, first + step, … stand in each window.
  void number_offsets(Offset* to, Index first, Index count, Index step = 1) const noexcept {
    Index row = first / g_.run() - first_kernel_row_, offset = first % g_.run();
    for (Index i = 0; i < count; ++i, offset += step) {
      for (; offset >= g_.run(); offset -= g_.run()) ++row;
      to[i] = static_cast<Offset>(row * row_size_ + offset);
    }
  }

 private:
  Frame(const WindowGrid<S>& g, Index first, Index size) noexcept
      : g_(g),
        first_kernel_row_(first / g_.run()),
        kernel_rows_((first + size - 1) / g_.run() + 1 - first_kernel_row_),
        image_rows_((g.rows - 1) * g.step_h + kernel_rows_),
        row_size_(((g.cols - 1) * g.step_w + g.window_w) * g.channels) {}

  /// The row of the frame with which row `row` of an image's grid begins.
  Index row_of(Index image, Index row) const noexcept {
    return (image - first_image_) * image_rows_ + (row - first_row_) * g_.step_h;
  }

  const WindowGrid<S>& g_;
  Index first_kernel_row_, kernel_rows_, image_rows_, row_size_;
  Index first_image_ = 0, first_row_ = 0, rows_ = 0;
};

}  // namespace eigenerate::kernels::detail
