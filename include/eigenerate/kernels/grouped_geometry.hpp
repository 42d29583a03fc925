#pragma once

#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// A convolution whose windows take every so many pixels, and whose channels are in `groups`, which divides
/// those of both sides; out = (in + 2·pad − dilation·(kernel − 1) − 1) / stride + 1, rounded down.
struct GroupedGeometry : ConvolutionGeometry {
  Index dilation_h = 1, dilation_w = 1;
  Index groups = 1;

  /// Channels and patch of one group; `patch_size` is that of all.
  [[nodiscard]] constexpr Index group_in() const noexcept { return in_channels / groups; }
  [[nodiscard]] constexpr Index group_out() const noexcept { return out_channels / groups; }
  [[nodiscard]] constexpr Index group_patch() const noexcept { return kernel_h * kernel_w * group_in(); }
  /// Whether each channel is made of one other channel, and of no other one's.
  [[nodiscard]] constexpr bool is_depthwise() const noexcept {
    return groups == in_channels && groups == out_channels;
  }

  /// The row of the output whose windows have row `kh` of the kernel in that row of the input, and the column
  /// likewise; −1 where there is none.
  [[nodiscard]] constexpr Index window_row(Index row, Index kh) const noexcept {
    return window(row + pad_h - kh * dilation_h, stride_h, out_height);
  }
  [[nodiscard]] constexpr Index window_column(Index column, Index kw) const noexcept {
    return window(column + pad_w - kw * dilation_w, stride_w, out_width);
  }

 private:
  static constexpr Index window(Index first, Index stride, Index extent) noexcept {
    return first < 0 || first % stride != 0 || first / stride >= extent ? -1 : first / stride;
  }
};

}  // namespace eigenerate::kernels
