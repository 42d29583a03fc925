#pragma once
// Two-dimensional convolution of a batch of channel-last images, as products with gathered patches.
//
// An image is one column of H·W·C values, C fastest, so that a batch is also a C × (H·W·batch) matrix whose
// columns are pixels. The weight is a (kernel_h·kernel_w·in_channels) × out_channels column-major matrix.
//
// A transposed convolution is the adjoint of a convolution: take the geometry of that convolution, whose
// input is the transposed one's output. Its forward is `convolution_input_gradient` with a bias, its input
// gradient is `convolution_forward` without one, and its weight gradient is `convolution_weight_gradient`
// with x and dy exchanged (x: the gradient of its output, dy: its input).
//
// The rows of the output, through the whole batch, are cut into chunks whose patches fit the scratch; the cut
// does not look at the number of threads, and chunks add to a gradient in their order.

#include <algorithm>
#include <type_traits>

#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/gemm.hpp"
#include "eigenerate/kernels/patches.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Rows of the output whose patches are gathered at a time: about 1 MiB of floats, which stay in the second
/// level of cache between gathering and use. The layers of a DCGAN run as fast with half of it, 5 % slower
/// with twice of it (one core of a Zen 4); less would repack the weight too often and leave too little
/// between two barriers.
constexpr Index rows_per_chunk(const ConvolutionGeometry& g, Index batch) noexcept {
  constexpr Index patch_elements = Index{1} << 18;
  const Index row = std::max<Index>(1, g.patch_size() * g.out_width);
  return std::clamp<Index>(patch_elements / row, 1, std::max<Index>(1, g.out_height * batch));
}

}  // namespace detail

/// Elements of scratch that each of the three functions below needs: at most about a quarter of a million, or
/// the patches of one row of the output if these are more; never the patches of the batch.
template <class S>
[[nodiscard]] constexpr Index convolution_scratch_size(const ConvolutionGeometry& g, Index batch) noexcept {
  if (detail::input_is_patches(g)) return 0;
  return detail::rows_per_chunk(g, batch) * g.out_width * g.patch_size();
}

/// `y = x ∗ w + bias`, the bias one value per output channel or null.
///
/// **Shapes**: y out_channels × (out_height·out_width·batch), x in_channels × (in_height·in_width·batch),
/// w patch × out_channels; nothing may overlap. scratch: `convolution_scratch_size`.
///
/// **Cost**: 2·patch·out_channels·out_height·out_width·batch flops.
///
/// **Numerics**: the bound of `gemm` with k = patch. The bits do not depend on the threads.
template <class S>
void convolution_forward(S* y, const S* x, const S* w, const std::type_identity_t<S>* bias,
                         const ConvolutionGeometry& g, Index batch, S* scratch) noexcept {
  const Index patch = g.patch_size(), rows = g.out_height * batch, step = detail::rows_per_chunk(g, batch);
  const auto multiply = [&](const S* patches, Index begin, Index end) {
    const Index pixels = (end - begin) * g.out_width;
    gemm(y + begin * g.out_width * g.out_channels, g.out_channels, w, patch, Transpose::Yes, patches, patch,
         Transpose::No, g.out_channels, pixels, patch, S(0), {.bias = bias});
  };
  if (detail::input_is_patches(g)) return multiply(x, 0, rows);
  for (Index begin = 0; begin < rows; begin += step) {
    const Index end = std::min(begin + step, rows);
    detail::gather_patches(scratch, x, begin, end, g);
    multiply(scratch, begin, end);
  }
}

/// `dx =` the adjoint of the convolution applied to dy, plus the bias: one value per input channel, or null.
///
/// **Shapes**: dx in_channels × (in_height·in_width·batch), dy out_channels × (out_height·out_width·batch),
/// w patch × out_channels; nothing may overlap. scratch: `convolution_scratch_size`.
///
/// **Cost**: the flops of the forward.
///
/// **Numerics**: the bound of `gemm` with k = kernel_h·kernel_w·out_channels. The bits do not depend on the
/// threads.
template <class S>
void convolution_input_gradient(S* dx, const S* dy, const S* w, const std::type_identity_t<S>* bias,
                                const ConvolutionGeometry& g, Index batch, S* scratch) noexcept {
  const Index patch = g.patch_size(), rows = g.out_height * batch, step = detail::rows_per_chunk(g, batch);
  const auto multiply = [&](S* patches, Index begin, Index end, S beta) {
    gemm(patches, patch, w, patch, Transpose::No, dy + begin * g.out_width * g.out_channels, g.out_channels,
         Transpose::No, patch, (end - begin) * g.out_width, g.out_channels, beta);
  };
  const bool direct = detail::input_is_patches(g);
  if (direct && bias == nullptr) return multiply(dx, 0, rows, S(0));
  detail::fill_columns(dx, bias, g.in_channels, g.in_height * g.in_width * batch);
  if (direct) return multiply(dx, 0, rows, S(1));
  for (Index begin = 0; begin < rows; begin += step) {
    const Index end = std::min(begin + step, rows);
    multiply(scratch, begin, end, S(0));
    detail::scatter_patches(dx, scratch, begin, end, g);
  }
}

/// `dw +=` the gradient of the weight.
///
/// **Shapes**: dw patch × out_channels, x in_channels × (in_height·in_width·batch),
/// dy out_channels × (out_height·out_width·batch); nothing may overlap. scratch: `convolution_scratch_size`.
///
/// **Cost**: the flops of the forward.
///
/// **Numerics**: the bound of `gemm` with k = out_height·out_width·batch. The bits do not depend on the
/// threads.
template <class S>
void convolution_weight_gradient(S* dw, const S* x, const S* dy, const ConvolutionGeometry& g, Index batch,
                                 S* scratch) noexcept {
  const Index patch = g.patch_size(), rows = g.out_height * batch, step = detail::rows_per_chunk(g, batch);
  const auto multiply = [&](const S* patches, Index begin, Index end) {
    gemm(dw, patch, patches, patch, Transpose::No, dy + begin * g.out_width * g.out_channels, g.out_channels,
         Transpose::Yes, patch, g.out_channels, (end - begin) * g.out_width, S(1));
  };
  if (detail::input_is_patches(g)) return multiply(x, 0, rows);
  for (Index begin = 0; begin < rows; begin += step) {
    const Index end = std::min(begin + step, rows);
    detail::gather_patches(scratch, x, begin, end, g);
    multiply(scratch, begin, end);
  }
}

}  // namespace eigenerate::kernels
