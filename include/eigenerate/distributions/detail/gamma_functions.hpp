#pragma once
// The log-gamma and digamma functions, which Eigen has: std::lgamma writes a global variable.

#include <unsupported/Eigen/SpecialFunctions>

#include <cmath>

namespace eigenerate::detail {

/// log Γ(x) for x > 0.
inline double log_gamma(double x) {
  return Eigen::numext::lgamma(x);
}

/// From here on Stirling's series is used: the first term left out of the one for log Γ, 1/(1680 x⁷), is
/// below 1e-17 then, and that of its derivative's, 1/(240 x⁸), too.
inline constexpr double large_for_gamma = 100;

/// log Γ(x + k) − log Γ(x) for x > 0 and k >= 0, without the cancellation of two large numbers where x is
/// large.
inline double log_gamma_ratio(double x, double k) {
  if (x < large_for_gamma) return log_gamma(x + k) - log_gamma(x);
  const auto tail = [](double v) {
    const double u = 1 / v, z = u * u;
    return u * (1.0 / 12 - z * (1.0 / 360 - z / 1260));
  };
  return (x - 0.5) * std::log1p(k / x) + k * std::log(x + k) - k + tail(x + k) - tail(x);
}

/// Its derivative with respect to x.
inline double digamma_difference(double x, double k) {
  if (x < large_for_gamma) return Eigen::numext::digamma(x + k) - Eigen::numext::digamma(x);
  const auto tail = [](double v) {
    const double u = 1 / v, z = u * u;
    return u / 2 + z * (1.0 / 12 - z * (1.0 / 120 - z / 252));
  };
  return std::log1p(k / x) - tail(x + k) + tail(x);
}

}  // namespace eigenerate::detail
