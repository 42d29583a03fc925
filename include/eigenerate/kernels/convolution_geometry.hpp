#pragma once

#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// The extents of a two-dimensional convolution, without the batch.
///
/// The caller chooses the output's extents; a convolution has out = (in + 2·pad − kernel) / stride + 1,
/// rounded down. Input beyond the borders counts as zero.
struct ConvolutionGeometry {
  Index in_channels = 1, in_height = 1, in_width = 1;
  Index out_channels = 1, out_height = 1, out_width = 1;
  Index kernel_h = 1, kernel_w = 1;
  Index stride_h = 1, stride_w = 1;
  Index pad_h = 0, pad_w = 0;

  /// Elements of the input, of the output, and of the patch of input that one output pixel sees.
  [[nodiscard]] constexpr Index in_size() const noexcept { return in_channels * in_height * in_width; }
  [[nodiscard]] constexpr Index out_size() const noexcept { return out_channels * out_height * out_width; }
  [[nodiscard]] constexpr Index patch_size() const noexcept { return kernel_h * kernel_w * in_channels; }

  friend bool operator==(const ConvolutionGeometry&, const ConvolutionGeometry&) = default;
};

}  // namespace eigenerate::kernels
