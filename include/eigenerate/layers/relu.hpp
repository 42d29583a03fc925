#pragma once

#include <string_view>

#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Rectifier, `y = max(x, 0)`.
///
/// **Backward** `φ' = 1` where x > 0, otherwise 0 (at 0 too, as PyTorch); `φ'' = 0`.
/// **Source** Nair & Hinton 2010.
struct Relu : Elementwise<Relu> {
  static constexpr std::string_view kind = "Relu";
  constexpr kernels::Activation in_products() const { return kernels::Activation::relu(); }
  constexpr ValueRange range() const { return ValueRange::from(0); }

  template <Scalar S>
  S value(S x) const {
    return kernels::select(x < S(0), S(0), x);
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return kernels::select(x > S(0), S(1), S(0));
  }
  template <Scalar S>
  S curvature(S, S) const {
    return S(0);
  }
};

}  // namespace eigenerate
