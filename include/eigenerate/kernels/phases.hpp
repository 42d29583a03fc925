#pragma once
// The matrices of a convolution and of its adjoint.
//
// Of the adjoint of a convolution with stride s, the pixels of dx whose row and column leave the same
// remainder (a "phase") when divided by s receive the same elements of the kernel: each phase is a
// convolution of dy, with stride 1 and every s-th element of the kernel in reverse, and one product that
// writes its pixels once.

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/dispatch.hpp"
#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/patches.hpp"

namespace eigenerate::kernels::detail {

/// The windows of the input that the pixels of the output see.
template <class S>
WindowGrid<S> input_windows(const S* x, const ConvolutionGeometry& g) noexcept {
  return {x,          g.in_channels, g.in_height, g.in_width, g.out_height, g.out_width,
          g.stride_h, g.stride_w,    -g.pad_h,    -g.pad_w,   g.kernel_h,   g.kernel_w};
}

/// The matrix of these windows, patch_size × windows; where the input already is that matrix, as such.
template <class S>
Operand<S> windows_along_width(const WindowGrid<S>& windows, const ConvolutionGeometry& g) noexcept {
  if (input_is_patches(g)) return {windows.images, g.patch_size(), false};
  return {nullptr, 0, false, &windows};
}

/// The weight as the left operand of the forward's product, and of the adjoint's where that has no phases.
template <class S>
Operand<S> forward_weight(const S* w, const ConvolutionGeometry& g) noexcept {
  return {w, g.patch_size(), false};
}
template <class S>
Operand<S> adjoint_weight(const S* w, const ConvolutionGeometry& g) noexcept {
  return {w, g.patch_size(), true};
}

/// One dimension of a phase: the pixels `first`, `first` + stride, … of dx. Pixel number a of them receives
/// element first_tap + stride·t of the kernel from pixel a + newest − t of dy, for t < taps.
struct Phase {
  Index first, pixels, first_tap, taps, newest;

  constexpr Phase(Index phase, Index stride, Index pad, Index kernel, Index extent) noexcept
      : first(phase),
        pixels(divide_up(extent - phase, stride)),
        first_tap((phase + pad) % stride),
        taps(first_tap < kernel ? divide_up(kernel - first_tap, stride) : 0),
        newest((phase + pad) / stride) {}
};

/// Whether the gradient of the input is computed by phases: where a pixel has channels enough to fill a
/// register in the product. Otherwise the product is one with all patches, which are then added up.
constexpr bool gradient_by_phases(const ConvolutionGeometry& g) noexcept {
  return !input_is_patches(g) && g.in_channels >= 16;
}

/// The part of the kernel that a phase sees, as an in_channels × (taps·taps·out_channels) matrix with the
/// taps in reverse.
template <class S>
void gather_taps(S* to, const S* w, const ConvolutionGeometry& g, const Phase& vertical,
                 const Phase& horizontal) noexcept {
  const Index taps = vertical.taps * horizontal.taps;
  for_ranges(taps * g.out_channels, g.in_channels, [&](Index begin, Index end) {
    for (Index column = begin; column < end; ++column) {
      const Index tap = column / g.out_channels, out = column % g.out_channels;
      const Index kh = vertical.first_tap + (vertical.taps - 1 - tap / horizontal.taps) * g.stride_h;
      const Index kw = horizontal.first_tap + (horizontal.taps - 1 - tap % horizontal.taps) * g.stride_w;
      copy_run(to + column * g.in_channels, w + ((out * g.kernel_h + kh) * g.kernel_w + kw) * g.in_channels,
               g.in_channels);
    }
  });
}

/// Calls f(vertical, horizontal) for every phase.
template <class F>
void for_each_phase(const ConvolutionGeometry& g, const F& f) noexcept {
  for (Index phase_h = 0; phase_h < g.stride_h; ++phase_h) {
    for (Index phase_w = 0; phase_w < g.stride_w; ++phase_w)
      f(Phase(phase_h, g.stride_h, g.pad_h, g.kernel_h, g.in_height),
        Phase(phase_w, g.stride_w, g.pad_w, g.kernel_w, g.in_width));
  }
}

/// Steps of k in the product of a phase.
constexpr Index depth_of(const ConvolutionGeometry& g, const Phase& vertical,
                         const Phase& horizontal) noexcept {
  return vertical.taps * horizontal.taps * g.out_channels;
}

/// The pixels of one phase of dx; `taps` are its part of the kernel, as `gather_taps` makes it.
template <class S>
void input_gradient_of_phase(S* dx, const S* dy, const Operand<S>& taps, const S* bias,
                             const ConvolutionGeometry& g, Index batch, const Phase& vertical,
                             const Phase& horizontal, const ProductKernels<S>& kernels) noexcept {
  const Index row = g.in_width * g.in_channels;
  const WindowGrid<S> windows{dy,
                              g.out_channels,
                              g.out_height,
                              g.out_width,
                              vertical.pixels,
                              horizontal.pixels,
                              1,
                              1,
                              vertical.newest - vertical.taps + 1,
                              horizontal.newest - horizontal.taps + 1,
                              vertical.taps,
                              horizontal.taps};
  const Output<S> pixels{dx + vertical.first * row + horizontal.first * g.in_channels,
                         g.stride_w * g.in_channels,
                         horizontal.pixels,
                         vertical.pixels,
                         g.stride_h * row,
                         g.in_size()};
  kernels.multiply({pixels,
                    taps,
                    {nullptr, 0, false, &windows},
                    g.in_channels,
                    vertical.pixels * horizontal.pixels * batch,
                    depth_of(g, vertical, horizontal),
                    false,
                    {.bias = bias}});
}

}  // namespace eigenerate::kernels::detail
