#pragma once

#include <string>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Smooth rectifier, `y = log(1 + e^{βx}) / β`, and `y = x` where βx exceeds the threshold, as PyTorch.
///
/// **Backward** `φ' = σ(βx)`, `φ'' = β·σ(βx)·σ(−βx)`; 1 and 0 above the threshold.
/// **Errors** `ConfigError` unless β > 0 and finite.
/// **Numerics** the switch to y = x changes y by less than e^-threshold / β.
struct Softplus : Elementwise<Softplus> {
  static constexpr std::string_view kind = "Softplus";

  constexpr ValueRange range() const { return ValueRange::from(0); }

  double beta;
  double threshold;

  explicit constexpr Softplus(double sharpness = 1, double linear_above = 20)
      : beta(sharpness), threshold(linear_above) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  S value(S x) const {
    const S bx = S(beta) * x;
    return kernels::select(bx > S(threshold), x, kernels::softplus(bx) / S(beta));
  }
  template <Scalar S>
  S derivative(S x, S) const {
    const S bx = S(beta) * x;
    return kernels::select(bx > S(threshold), S(1), kernels::sigmoid(bx));
  }
  template <Scalar S>
  S curvature(S x, S) const {
    const S bx = S(beta) * x;
    return kernels::select(bx > S(threshold), S(0), S(beta) * kernels::sigmoid(bx) * kernels::sigmoid(-bx));
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Softplus::plan(const Shape& input, const Place& place) const {
  if (!(is_finite(beta) && beta > 0) || is_nan(threshold))
    fail<ConfigError>("{} (Softplus): needs a finite beta > 0 and a threshold, got {} and {}", place, beta,
                      threshold);
  return Elementwise::plan(input, place);
}

#endif

}  // namespace eigenerate
