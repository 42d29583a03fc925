#pragma once

#include <string_view>

#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Sigmoid-weighted linear unit (also called swish), `y = x·σ(x)`.
///
/// **Backward** with σ' = σ(x)·σ(−x): `φ' = σ + x·σ'`, `φ'' = σ'·(2 + x·(σ(−x) − σ(x)))`.
/// **Source** Elfwing et al. 2018.
struct Silu : Elementwise<Silu> {
  static constexpr std::string_view kind = "Silu";

  template <Scalar S>
  S value(S x) const {
    return x * kernels::sigmoid(x);
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return kernels::sigmoid(x) * (S(1) + x * kernels::sigmoid(-x));
  }
  template <Scalar S>
  S curvature(S x, S) const {
    const S s = kernels::sigmoid(x), rest = kernels::sigmoid(-x);
    return s * rest * (S(2) + x * (rest - s));
  }
};

}  // namespace eigenerate
