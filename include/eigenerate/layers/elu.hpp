#pragma once

#include <string>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/elementwise.hpp"

namespace eigenerate {

/// Exponential linear unit, `y = x` where x > 0, otherwise `α(eˣ − 1)`.
///
/// **Backward** `φ' = 1` where x > 0, otherwise `αeˣ`; `φ'' = 0` where x > 0, otherwise `αeˣ`.
/// **Errors** `ConfigError` for a alpha that is not finite.
/// **Source** Clevert et al. 2016.
struct Elu : Elementwise<Elu> {
  static constexpr std::string_view kind = "Elu";

  double alpha;

  explicit constexpr Elu(double scale = 1) : alpha(scale) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  S value(S x) const {
    return kernels::select(x > S(0), x, S(alpha) * kernels::expm1_nonpositive(negative_part(x)));
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return kernels::select(x > S(0), S(1), S(alpha) * kernels::exp_nonpositive(negative_part(x)));
  }
  template <Scalar S>
  S curvature(S x, S) const {
    return kernels::select(x > S(0), S(0), S(alpha) * kernels::exp_nonpositive(negative_part(x)));
  }

 private:
  template <Scalar S>
  static S negative_part(S x) {
    return kernels::select(x > S(0), S(0), x);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Elu::plan(const Shape& input, const Place& place) const {
  if (!is_finite(alpha)) fail<ConfigError>("{} (Elu): needs a finite alpha, got {}", place, alpha);
  return Elementwise::plan(input, place);
}

#endif

}  // namespace eigenerate
