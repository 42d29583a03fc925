#pragma once

#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/pixel_copies.hpp"

namespace eigenerate {

/// Nearest-neighbour enlargement: each pixel becomes factor × factor equal pixels.
///
/// **Shapes** x: C×H×W, y: C×(factor·H)×(factor·W).
/// **Backward** `dx` is the sum of dy over each pixel's copies.
/// **Errors** `ConfigError` for a factor below 1.
struct Upsample : detail::PixelCopies<Upsample> {
  Index factor;

  explicit constexpr Upsample(Index times) : factor(times) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  /// Calls f(input pixel, output pixel) for all output pixels in order.
  template <class F>
  void for_each_copy(const Shape& small, const F& f) const {
    Index copy = 0;
    for (Index h = 0; h < factor * small.height; ++h)
      for (Index w = 0; w < factor * small.width; ++w) f(h / factor * small.width + w / factor, copy++);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Upsample::plan(const Shape& input, const Place& place) const {
  if (factor < 1 || factor > max_factor)
    fail<ConfigError>("{} (Upsample): needs a factor in [1, {}], got {}", place, max_factor, factor);
  LayerPlan plan(place, "Upsample", input,
                 {input.channels, capped_product(factor, input.height), capped_product(factor, input.width)});
  plan.moves_values = true;
  return plan;
}

#endif

}  // namespace eigenerate
