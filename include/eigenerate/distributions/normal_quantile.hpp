#pragma once

#include "eigenerate/core/errors.hpp"
#include "eigenerate/distributions/truncated_normal.hpp"

namespace eigenerate {

/// The number below which the standard normal distribution has the share u: its inverse cumulative
/// distribution.
///
/// **Errors** `ConfigError` unless 0 < u < 1.
/// **Numerics** to some roundings, also where u is tiny; near 1 it is as exact as u is. Odd around ½.
inline double normal_quantile(const double& u) {
  if (!(u > 0 && u < 1)) fail<ConfigError>("normal_quantile: expected a share in (0, 1), got {}", u);
  constexpr double root_two = 1.4142135623730951;
  return u < 0.5 ? -root_two * detail::inverse_erfc(2 * u) : root_two * detail::inverse_erfc(2 * (1 - u));
}

}  // namespace eigenerate
