#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/threads.hpp"
#include "eigenerate/layers/linear_map.hpp"

namespace eigenerate {

/// Enlargement by linear interpolation between the centers of pixels, along both dimensions: PyTorch's
/// `Upsample(scale_factor=factor, mode="bilinear")`, with `align_corners=False`, its default. Beyond the
/// outermost centers an image goes on as it is there.
///
/// **Shapes** x: C×H×W, y: C×(factor·H)×(factor·W).
/// **Backward** `dx` is the sum of dy over the pixels that a pixel helps to make, with their weights.
/// **Cost** 4 multiply-adds for each output.
/// **Errors** `ConfigError` for a factor below 1.
/// **Numerics** weights in double, rounded once.
struct BilinearUpsample : LinearMap<BilinearUpsample> {
  Index factor;

  explicit constexpr BilinearUpsample(Index factor_) : factor(factor_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Shape& small = pass.plan->input;
    parallel_for(pass.batch, [&](Index b) {
      y.col(b).setZero();
      for_each_share(small, [&](Index pixel, Index output, double weight) {
        y.col(b).segment(output * small.channels, small.channels) +=
            static_cast<S>(weight) * x.col(b).segment(pixel * small.channels, small.channels);
      });
    });
  }

  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    const Shape& small = pass.plan->input;
    parallel_for(pass.batch, [&](Index b) {
      dx.col(b).setZero();
      for_each_share(small, [&](Index pixel, Index output, double weight) {
        dx.col(b).segment(pixel * small.channels, small.channels) +=
            static_cast<S>(weight) * dy.col(b).segment(output * small.channels, small.channels);
      });
    });
  }

 private:
  /// The two neighbors between which a pixel of the output lies along one dimension, and their weights.
  struct Between {
    Index pixels[2];
    double weights[2];

    Between(Index output, Index factor, Index extent) {
      const double half = 0.5, center = (static_cast<double>(output) + half) / static_cast<double>(factor);
      const double place = std::max(0.0, center - half);
      pixels[0] = static_cast<Index>(place);
      pixels[1] = std::min(pixels[0] + 1, extent - 1);
      weights[1] = place - static_cast<double>(pixels[0]);
      weights[0] = 1 - weights[1];
    }
  };

  /// Calls f(input pixel, output pixel, weight) for the four neighbors of all output pixels in order.
  template <class F>
  void for_each_share(const Shape& small, const F& f) const {
    Index output = 0;
    for (Index h = 0; h < factor * small.height; ++h) {
      const Between rows(h, factor, small.height);
      for (Index w = 0; w < factor * small.width; ++w, ++output) {
        const Between cols(w, factor, small.width);
        for (int i = 0; i < 2; ++i)
          for (int j = 0; j < 2; ++j)
            f(rows.pixels[i] * small.width + cols.pixels[j], output, rows.weights[i] * cols.weights[j]);
      }
    }
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan BilinearUpsample::plan(const Shape& input, const Place& place) const {
  if (factor < 1 || factor > max_factor)
    fail<ConfigError>("{} (BilinearUpsample): needs a factor in [1, {}], got {}", place, max_factor, factor);
  LayerPlan plan(place, "BilinearUpsample", input,
                 {input.channels, capped_product(factor, input.height), capped_product(factor, input.width)});
  plan.multiply_adds = capped_product(4, plan.output.size());
  return plan;
}

#endif

}  // namespace eigenerate
