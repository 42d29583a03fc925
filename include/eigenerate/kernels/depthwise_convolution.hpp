#pragma once
// Convolutions that leave every channel to itself: rows of pixels multiplied by the weights of one element of
// the kernel after the other, all channels at once. A product for each channel would take a hundred times as
// long.

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/grouped_geometry.hpp"
#include "eigenerate/kernels/normalization_loops.hpp"
#include "eigenerate/kernels/transpose.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels::detail {

template <class S>
struct DepthwiseLoops {
  /// y(c, i) += w[c]·x(c, i); pixels are `y_step` and `x_step` apart.
  EIGENERATE_LOOP static void multiply_add(S* y, Index y_step, const S* w, const S* x, Index x_step,
                                           Index channels, Index pixels) noexcept {
    for (Index i = 0; i < pixels; ++i, y += y_step, x += x_step)
      for_elements(channels, [=](Index c) { y[c] += w[c] * x[c]; });
  }

  /// sums[c] += Σ_i x(c, i)·dy(c, i)
  EIGENERATE_LOOP static void add_products(double* sums, const S* x, Index x_step, const S* dy, Index dy_step,
                                           Index channels, Index pixels) noexcept {
    for (Index i = 0; i < pixels; ++i, x += x_step, dy += dy_step)
      for_elements(channels, [=](Index c) { sums[c] += wide(x[c]) * wide(dy[c]); });
  }
};

/// The pixels of a row of the output whose windows have column `kw` of the kernel inside of the image, and
/// the pixel of the input that the first of them has there.
struct SeenPixels {
  Index first, count, first_input;

  constexpr SeenPixels(const GroupedGeometry& g, Index kw) noexcept {
    const Index input = kw * g.dilation_w - g.pad_w, room = g.in_width - 1 - input;
    first = input >= 0 ? 0 : divide_up(-input, g.stride_w);
    count = room < 0 ? 0 : std::max<Index>(0, std::min(g.out_width, room / g.stride_w + 1) - first);
    first_input = first * g.stride_w + input;
  }
};

/// The weights of each element of the kernel side by side.
template <class S>
const S* weights_by_element(S* scratch, const S* w, const GroupedGeometry& g) noexcept {
  transpose_each(scratch, w, g.kernel_h * g.kernel_w, g.in_channels, 1);
  return scratch;
}

/// y is filled with the bias, or zeros, before.
template <class S>
void depthwise_forward(S* y, const S* x, const S* w, const GroupedGeometry& g, Index batch,
                       S* scratch) noexcept {
  const Index channels = g.in_channels, in_row = g.in_width * channels, out_row = g.out_width * channels;
  const S* const weights = weights_by_element(scratch, w, g);
  for_ranges(g.out_height * batch, g.kernel_h * g.kernel_w * out_row, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row)
      for (Index k = 0; k < g.kernel_h * g.kernel_w; ++k) {
        const Index sample = row / g.out_height, kh = k / g.kernel_w;
        const Index ih = row % g.out_height * g.stride_h + kh * g.dilation_h - g.pad_h;
        if (ih < 0 || ih >= g.in_height) continue;
        const SeenPixels seen(g, k % g.kernel_w);
        compiled<DepthwiseLoops<S>::multiply_add>()(
            y + row * out_row + seen.first * channels, channels, weights + k * channels,
            x + (sample * g.in_height + ih) * in_row + seen.first_input * channels, g.stride_w * channels,
            channels, seen.count);
      }
  });
}

/// dx is filled before, likewise.
template <class S>
void depthwise_input_gradient(S* dx, const S* dy, const S* w, const GroupedGeometry& g, Index batch,
                              S* scratch) noexcept {
  const Index channels = g.in_channels, in_row = g.in_width * channels, out_row = g.out_width * channels;
  const S* const weights = weights_by_element(scratch, w, g);
  for_ranges(g.in_height * batch, g.kernel_h * g.kernel_w * in_row, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row)
      for (Index k = 0; k < g.kernel_h * g.kernel_w; ++k) {
        const Index oh = g.window_row(row % g.in_height, k / g.kernel_w);
        if (oh < 0) continue;
        const SeenPixels seen(g, k % g.kernel_w);
        compiled<DepthwiseLoops<S>::multiply_add>()(
            dx + row * in_row + seen.first_input * channels, g.stride_w * channels, weights + k * channels,
            dy + (row / g.in_height * g.out_height + oh) * out_row + seen.first * channels, channels,
            channels, seen.count);
      }
  });
}

/// Each element of the kernel, for some channels, is one task that sums over the batch, in double.
template <class S>
void depthwise_weight_gradient(S* dw, const S* x, const S* dy, const GroupedGeometry& g,
                               Index batch) noexcept {
  constexpr Index block = 64;
  const Index channels = g.in_channels, in_row = g.in_width * channels, out_row = g.out_width * channels;
  const Index elements = g.kernel_h * g.kernel_w, blocks = divide_up(channels, block);
  for_ranges(elements * blocks, g.out_height * batch * g.out_width * block, [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Index k = task / blocks, first = task % blocks * block, size = std::min(block, channels - first);
      const SeenPixels seen(g, k % g.kernel_w);
      double sums[block] = {};
      for (Index row = 0; row < g.out_height * batch; ++row) {
        const Index ih = row % g.out_height * g.stride_h + k / g.kernel_w * g.dilation_h - g.pad_h;
        if (ih < 0 || ih >= g.in_height) continue;
        compiled<DepthwiseLoops<S>::add_products>()(
            sums, x + (row / g.out_height * g.in_height + ih) * in_row + seen.first_input * channels + first,
            g.stride_w * channels, dy + row * out_row + seen.first * channels + first, channels, size,
            seen.count);
      }
      for (Index c = 0; c < size; ++c) {
        S& gradient = dw[(first + c) * elements + k];
        gradient = static_cast<S>(wide(gradient) + sums[c]);
      }
    }
  });
}

}  // namespace eigenerate::kernels::detail

EIGENERATE_LOOPS_END
