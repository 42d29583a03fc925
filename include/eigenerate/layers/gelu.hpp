#pragma once

#include <string_view>

#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Gaussian error linear unit, `y = x·Φ(x)` with the normal distribution function Φ itself, which is
/// PyTorch's default, not its tanh approximation.
///
/// **Backward** with the normal density p: `φ' = Φ + x·p`, `φ'' = (2 − x²)·p`.
/// **Source** Hendrycks & Gimpel 2016.
struct Gelu : Elementwise<Gelu> {
  static constexpr std::string_view kind = "Gelu";

  template <Scalar S>
  S value(S x) const {
    return x * kernels::normal_cdf(x);
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return kernels::normal_cdf(x) + x * kernels::normal_density(x);
  }
  template <Scalar S>
  S curvature(S x, S) const {
    const S p = kernels::normal_density(x);
    return S(2) * p - x * (x * p);  // not x²: it overflows where p is zero
  }
};

}  // namespace eigenerate
