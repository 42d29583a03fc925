#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Standard normal numbers as numbers of the normal distribution cut off at ±limit: each goes to where that
/// distribution has as much of its probability below as the normal one has below the number.
///
/// So the same draws serve both, in the same order, and no draw is thrown away.
///
/// **Errors** `ConfigError` for a limit that is not positive and finite.
/// **Numerics** solved in double, `erf(z'/√2) = erf(|z|/√2) · erf(limit/√2)`, to some roundings; last digits
/// depend on the C library's erf. NaN stays NaN.
/// **Source** inverse transform sampling; the start of the solution: Giles 2012, "Approximating the erfinv
/// function", in single precision.
template <Scalar S>
void truncate_normal(View<S> z, const double& limit);

namespace detail {

/// The y >= 0 with `erfc(y) = c`, for c in (0, 1].
double inverse_erfc(double c);

#if EIGENERATE_DEFINES(DISTRIBUTIONS)

EIGENERATE_INLINE double inverse_erfc(double c) {
  const auto polynomial = [](double w, const auto& coefficients) {
    double p = 0;
    for (const double k : coefficients) p = k + p * w;
    return p;
  };
  constexpr double middle[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                               -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
  constexpr double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                             -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
  if (c == 0) return 28;  // erfc is zero from 27.3 on
  const double w = -std::log(c * (2 - c));
  double y;
  if (w < 5) {
    y = (1 - c) * polynomial(w - 2.5, middle);
  } else if (w < 15) {
    y = (1 - c) * polynomial(std::sqrt(w) - 3, tail);
  } else {  // where single precision ends: erfc(y) ≈ exp(−y²) / (√π y)
    const double l = 2 * w + 0.9347116558304358;  // log(2 / (π c²)), as c(2 − c) is 2c here
    y = std::sqrt((l - std::log(l)) / 2);
  }
  constexpr double slope = 1.1283791670955126;  // 2/√π
  for (int i = 0; i < 3; ++i) {                 // Halley's steps, from three digits at least
    const double u = (c - std::erfc(y)) / (slope * std::exp(-y * y));
    y -= u / (1 + y * u);
  }
  return y;
}

#endif

}  // namespace detail

#if EIGENERATE_DEFINES(DISTRIBUTIONS)

template <Scalar S>
void truncate_normal(View<S> z, const double& limit) {
  if (!(is_finite(limit) && limit > 0))
    fail<ConfigError>("truncate_normal: expected a limit > 0, got {}", limit);
  constexpr double root_two = 1.4142135623730951;
  const double beyond = std::erfc(limit / root_two);  // 1 − erf, which keeps its digits
  kernels::for_each_item(z.size(), 16, [&](Index i) {
    const double value = static_cast<double>(z.data()[i]), rest = std::erfc(std::abs(value) / root_two),
                 cut = root_two * detail::inverse_erfc(rest + beyond - rest * beyond);
    // Rounding up to S, or a sum that rounds to `beyond`, must not leave the interval.
    const S within = static_cast<S>(std::min(cut, limit));
    z.data()[i] = value < 0 ? -within : is_nan(value) ? z.data()[i] : within;
  });
}

EIGENERATE_INSTANTIATE(truncate_normal)

#endif

}  // namespace eigenerate
