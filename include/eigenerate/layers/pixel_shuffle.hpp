#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"

namespace eigenerate {

/// Channels that become pixels: factor² neighboring channels of a pixel become one channel of factor × factor
/// pixels, in the order of PyTorch's `PixelShuffle`. Behind a convolution it is the sub-pixel convolution of
/// super-resolution.
///
/// **Shapes** x: (C·factor²)×H×W, y: C×(factor·H)×(factor·W); pixel (factor·h + i, factor·w + j) of channel c
/// is channel c·factor² + i·factor + j of pixel (h, w).
/// **Backward** the same elements back in their places; tangent likewise.
/// **Cost** a copy.
/// **Errors** `ConfigError` for a factor below 1, `ShapeError` for channels that factor² does not divide.
/// **Source** Shi et al. 2016, eq. 4, with channels in PyTorch's order.
struct PixelShuffle : LinearMap<PixelShuffle> {
  Index factor;

  explicit constexpr PixelShuffle(Index factor_) : factor(factor_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for_each_element(pass, [&](Index of_x, Index of_y) { y.data()[of_y] = x.data()[of_x]; });
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    for_each_element(pass, [&](Index of_x, Index of_y) { dx.data()[of_x] = dy.data()[of_y]; });
  }

 private:
  /// Calls f(offset in x, offset in y) for all elements of all samples.
  template <Scalar S, class F>
  void for_each_element(const Pass<S>& pass, const F& f) const {
    const Shape &in = pass.plan->input, &out = pass.plan->output;
    const Index row = in.width * in.channels;
    // Row h of a sample's input becomes `factor` rows of its output, one after another.
    kernels::for_each_item(pass.batch * in.height, row, [&](Index h) {
      Index of_y = h * row;
      for (Index i = 0; i < factor; ++i)
        for (Index w = 0; w < in.width; ++w)
          for (Index j = 0; j < factor; ++j)
            for (Index c = 0; c < out.channels; ++c)
              f(h * row + w * in.channels + (c * factor + i) * factor + j, of_y++);
    });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan PixelShuffle::plan(const Shape& input, const Place& place) const {
  if (factor < 1 || factor > max_factor)
    fail<ConfigError>("{} (PixelShuffle): needs a factor in [1, {}], got {}", place, max_factor, factor);
  if (input.channels % (factor * factor) != 0)
    fail_input(place, "PixelShuffle", format_message("of channels that {}² divides", factor), input);
  LayerPlan plan(place, "PixelShuffle", input,
                 {input.channels / (factor * factor), capped_product(factor, input.height),
                  capped_product(factor, input.width)});
  plan.moves_values = true;
  return plan;
}

#endif

}  // namespace eigenerate
