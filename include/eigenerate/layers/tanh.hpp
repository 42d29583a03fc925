#pragma once

#include <string_view>

#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Hyperbolic tangent, `y = tanh(x)`.
///
/// **Backward** `φ' = 1 − y²`, `φ'' = −2y·(1 − y²)`.
struct Tanh : Elementwise<Tanh> {
  static constexpr std::string_view kind = "Tanh";

  constexpr ValueRange range() const { return {-1, 1}; }

  template <Scalar S>
  S value(S x) const {
    return kernels::tanh(x);
  }
  template <Scalar S>
  S derivative(S, S y) const {
    return S(1) - y * y;
  }
  template <Scalar S>
  S curvature(S, S y) const {
    return S(-2) * y * (S(1) - y * y);
  }
};

}  // namespace eigenerate
