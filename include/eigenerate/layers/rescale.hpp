#pragma once

#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// `y = scale·x + shift`: data in units of its own before the first layer with weights, such as the gray
/// levels 0 … 255, which `Rescale{1 / 127.5, -1}` takes to [−1, 1].
///
/// **Backward** `φ' = scale`, `φ'' = 0`.
/// **Errors** `ConfigError` for a scale or a shift that is not finite.
/// **Source** Keras's `Rescaling`.
struct Rescale : Elementwise<Rescale> {
  static constexpr std::string_view kind = "Rescale";

  double scale, shift;

  explicit constexpr Rescale(double scale_, double shift_ = 0) : scale(scale_), shift(shift_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  S value(S x) const {
    return S(scale) * x + S(shift);
  }
  template <Scalar S>
  S derivative(S, S) const {
    return S(scale);
  }
  template <Scalar S>
  S curvature(S, S) const {
    return S(0);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Rescale::plan(const Shape& input, const Place& place) const {
  if (!is_finite(scale) || !is_finite(shift))
    fail<ConfigError>("{} (Rescale): needs a finite scale and shift, got {} and {}", place, scale, shift);
  LayerPlan plan = Elementwise::plan(input, place);
  plan.rescaling = {scale, shift};
  return plan;
}

#endif

}  // namespace eigenerate
