#pragma once

#include <string_view>

#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Logistic function, `y = σ(x) = 1 / (1 + e⁻ˣ)`. Losses take logits: do not put it last before one.
///
/// **Backward** `φ' = y(1 − y)`, `φ'' = y(1 − y)(1 − 2y)`.
struct Sigmoid : Elementwise<Sigmoid> {
  static constexpr std::string_view kind = "Sigmoid";

  constexpr ValueRange range() const { return {0, 1}; }

  template <Scalar S>
  S value(S x) const {
    return kernels::sigmoid(x);
  }
  template <Scalar S>
  S derivative(S, S y) const {
    return y * (S(1) - y);
  }
  template <Scalar S>
  S curvature(S, S y) const {
    return y * (S(1) - y) * (S(1) - S(2) * y);
  }
};

}  // namespace eigenerate
