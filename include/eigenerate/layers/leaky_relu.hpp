#pragma once

#include <string>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Leaky rectifier, `y = x` where x > 0, otherwise `slope·x`.
///
/// **Backward** `φ' = 1` where x > 0, otherwise `slope`; `φ'' = 0`.
/// **Errors** `ConfigError` for a slope that is not finite.
/// **Source** Maas et al. 2013; slope 0.2 in the DCGAN (Radford et al. 2016).
struct LeakyRelu : Elementwise<LeakyRelu> {
  static constexpr std::string_view kind = "LeakyRelu";

  double slope;

  explicit constexpr LeakyRelu(double negative_slope = 0.01) : slope(negative_slope) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  constexpr kernels::Activation in_products() const {
    return slope > 0 ? kernels::Activation::leaky_relu(slope) : kernels::Activation{};
  }

  template <Scalar S>
  S value(S x) const {
    return kernels::select(x > S(0), x, S(slope) * x);
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return kernels::select(x > S(0), S(1), S(slope));
  }
  template <Scalar S>
  S curvature(S, S) const {
    return S(0);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan LeakyRelu::plan(const Shape& input, const Place& place) const {
  if (!is_finite(slope)) fail<ConfigError>("{} (LeakyRelu): needs a finite slope, got {}", place, slope);
  return Elementwise::plan(input, place);
}

#endif

}  // namespace eigenerate
