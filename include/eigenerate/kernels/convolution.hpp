#pragma once
// Two-dimensional convolution of a batch of channel-last images, as products with the matrix of its windows.
//
// An image is one column of H·W·C values, C fastest, so that a batch is also a C × (H·W·batch) matrix whose
// columns are pixels. The weight is a (kernel_h·kernel_w·in_channels) × out_channels column-major matrix.
//
// A transposed convolution is the adjoint of a convolution: take the geometry of that convolution, whose
// input is the transposed one's output. Its forward is `convolution_input_gradient` with a bias, its input
// gradient is `convolution_forward` without one, and its weight gradient is `convolution_weight_gradient`
// with x and dy exchanged (x: the gradient of its output, dy: its input).
//
// No matrix of windows is ever built: products read them in a frame of the images (frame.hpp), or gather them
// while they pack.

#include <type_traits>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/precision.hpp"
#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/packed_convolution.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// Elements of scratch that `convolution_input_gradient` needs; the other two functions need none. It is the
/// size of the weight, or for fewer than 16 input channels at most about a quarter of a million, or the
/// patches of one row of the output if these are more; never the patches of the batch. Capped as
/// `capped_product`.
template <class S>
[[nodiscard]] Index convolution_scratch_size(const ConvolutionGeometry& g, Index batch) noexcept;

/// `y = activation(x ∗ w + bias)`, the bias one value per output channel, or what else the epilogue says.
/// `packed` may hold w for this function, made of the same geometry.
///
/// **Shapes**: y out_channels × (out_height·out_width·batch), x in_channels × (in_height·in_width·batch),
/// w patch × out_channels; nothing may overlap.
///
/// **Cost**: 2·patch·out_channels·out_height·out_width·batch flops.
///
/// **Numerics**: the bound of `gemm` with k = patch. The bits do not depend on the threads, nor on whether w
/// is packed.
template <class S>
void convolution_forward(S* y, const S* x, const S* w, const std::type_identity_t<Epilogue<S>>& epilogue,
                         const ConvolutionGeometry& g, Index batch,
                         MatmulPrecision precision = MatmulPrecision::highest,
                         const PackedConvolution<S>& packed = {}) noexcept;

/// `dx =` the adjoint of the convolution applied to dy, then what the epilogue says, its bias one value per
/// input channel. `packed` may hold w for this function, made of the same geometry.
///
/// **Shapes**: dx in_channels × (in_height·in_width·batch), dy out_channels × (out_height·out_width·batch),
/// w patch × out_channels; nothing may overlap. scratch: `convolution_scratch_size`.
///
/// **Cost**: the flops of the forward.
///
/// **Numerics**: the bound of `gemm` with k = kernel_h·kernel_w·out_channels. The bits do not depend on the
/// threads, nor on whether w is packed.
template <class S>
void convolution_input_gradient(S* dx, const S* dy, const S* w,
                                const std::type_identity_t<Epilogue<S>>& epilogue,
                                const ConvolutionGeometry& g, Index batch, S* scratch,
                                MatmulPrecision precision = MatmulPrecision::highest,
                                const PackedConvolution<S>& packed = {}) noexcept;

/// `dw +=` the gradient of the weight.
///
/// **Shapes**: dw patch × out_channels, x in_channels × (in_height·in_width·batch),
/// dy out_channels × (out_height·out_width·batch); nothing may overlap.
///
/// **Cost**: the flops of the forward.
///
/// **Numerics**: the bound of `gemm` with k = out_height·out_width·batch. The bits do not depend on the
/// threads.
template <class S>
void convolution_weight_gradient(S* dw, const S* x, const S* dy, const ConvolutionGeometry& g, Index batch,
                                 MatmulPrecision precision = MatmulPrecision::highest) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/kernels/gemm.hpp"
#include "eigenerate/kernels/patches.hpp"
#include "eigenerate/kernels/phases.hpp"

namespace eigenerate::kernels {

template <class S>
Index convolution_scratch_size(const ConvolutionGeometry& g, Index batch) noexcept {
  if (detail::input_is_patches(g)) return 0;
  if (detail::gradient_by_phases(g)) return g.patch_size() * g.out_channels;
  return capped_product(detail::rows_per_chunk(g, batch), capped_product(g.out_width, g.patch_size()));
}

template <class S>
void convolution_forward(S* y, const S* x, const S* w, const std::type_identity_t<Epilogue<S>>& epilogue,
                         const ConvolutionGeometry& g, Index batch, MatmulPrecision precision,
                         const PackedConvolution<S>& packed) noexcept {
  const detail::ProductKernels<S>& kernels = detail::product_kernels<S>(precision);
  const detail::WindowGrid<S> windows = detail::input_windows(x, g);
  detail::Operand<S> weight = detail::forward_weight(w, g);
  weight.packed = packed.read_by(kernels, ConvolutionPass::Forward, g);
  kernels.multiply({{y, g.out_channels},
                    weight,
                    detail::windows_along_width(windows, g),
                    g.out_channels,
                    g.out_height * g.out_width * batch,
                    g.patch_size(),
                    false,
                    epilogue});
}

template <class S>
void convolution_input_gradient(S* dx, const S* dy, const S* w,
                                const std::type_identity_t<Epilogue<S>>& epilogue,
                                const ConvolutionGeometry& g, Index batch, S* scratch,
                                MatmulPrecision precision, const PackedConvolution<S>& packed) noexcept {
  const detail::ProductKernels<S>& kernels = detail::product_kernels<S>(precision);
  const S* panels = packed.read_by(kernels, ConvolutionPass::InputGradient, g);
  const Index patch = g.patch_size(), rows = g.out_height * batch;
  detail::Operand<S> weight = detail::adjoint_weight(w, g);
  weight.packed = panels;
  if (detail::input_is_patches(g)) {
    const detail::Operand<S> pixels{dy, g.out_channels, false};
    const bool biased = epilogue.bias != nullptr;  // of channels, where a row of this product is a pixel's
    if (biased) detail::fill_columns(dx, epilogue.bias, g.in_channels, g.in_height * g.in_width * batch);
    kernels.multiply({{dx, patch},
                      weight,
                      pixels,
                      patch,
                      rows * g.out_width,
                      g.out_channels,
                      biased,
                      {nullptr, epilogue.activation, epilogue.activated}});
  } else if (detail::gradient_by_phases(g)) {
    detail::for_each_phase(g, [&](const detail::Phase& vertical, const detail::Phase& horizontal) {
      detail::Operand<S> taps{scratch, g.in_channels, true};
      taps.packed = panels;
      const Index depth = detail::depth_of(g, vertical, horizontal);
      if (panels != nullptr) {
        panels += kernels.packed_size(g.in_channels, depth);
      } else {
        detail::gather_taps(scratch, w, g, vertical, horizontal);
        scratch += depth * g.in_channels;
      }
      detail::input_gradient_of_phase(dx, dy, taps, epilogue.bias, g, batch, vertical, horizontal, kernels);
    });
    detail::activate(dx, epilogue, g.in_size() * batch);
  } else {
    detail::fill_columns(dx, epilogue.bias, g.in_channels, g.in_height * g.in_width * batch);
    const Index step = detail::rows_per_chunk(g, batch);
    for (Index begin = 0; begin < rows; begin += step) {
      const Index end = std::min(begin + step, rows);
      const detail::Operand<S> pixels{dy + begin * g.out_width * g.out_channels, g.out_channels, false};
      kernels.multiply(
          {{scratch, patch}, weight, pixels, patch, (end - begin) * g.out_width, g.out_channels});
      detail::scatter_patches(dx, scratch, begin, end, g);
    }
    detail::activate(dx, epilogue, g.in_size() * batch);
  }
}

template <class S>
void convolution_weight_gradient(S* dw, const S* x, const S* dy, const ConvolutionGeometry& g, Index batch,
                                 MatmulPrecision precision) noexcept {
  const detail::WindowGrid<S> windows = detail::input_windows(x, g);
  detail::Operand<S> patches = detail::windows_along_width(windows, g);
  patches.width_is_contiguous = true;
  const detail::Operand<S> pixels{dy, g.out_channels, true};
  detail::multiply<S>({{dw, g.patch_size()},
                       patches,
                       pixels,
                       g.patch_size(),
                       g.out_channels,
                       g.out_height * g.out_width * batch,
                       true},
                      precision);
}

EIGENERATE_INSTANTIATE(convolution_scratch_size)
EIGENERATE_INSTANTIATE(convolution_forward)
EIGENERATE_INSTANTIATE(convolution_input_gradient)
EIGENERATE_INSTANTIATE(convolution_weight_gradient)

}  // namespace eigenerate::kernels

#endif
