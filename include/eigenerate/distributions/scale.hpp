#pragma once

#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// What a number of a network says about the width σ of a normal distribution.
enum class Scale {
  log_variance,   ///< σ = e^(out / 2), the usual one
  log_deviation,  ///< σ = e^out, which published weights use
};

/// How many scales a distribution of location and scale has.
enum class Spread {
  fixed,        ///< one, which is not learned
  shared,       ///< one for all features, the last row of the parameters
  per_feature,  ///< one for each feature
};

namespace detail {

/// `ConfigError` unless −limit <= min < max <= limit: e^±limit must stay finite in float.
inline void require_scale_range(std::string_view kind, std::string_view what, double min, double max,
                                double limit) {
  if (!(is_finite(min) && is_finite(max) && min >= -limit && min < max && max <= limit))
    fail<ConfigError>("{}: expected -{:g} <= min_{} < max_{} <= {:g}, got {} and {}", kind, limit, what, what,
                      limit, min, max);
}

/// A clamped multiple of a parameter, such as a log-variance. A NaN counts as inside the range, so that it
/// reaches values and gradients.
template <Scalar S>
struct ClampedScale {
  S low, high;
  S factor = S(1);

  S clamp(S raw) const {
    const S v = factor * raw;
    return kernels::select(v < low, low, kernels::select(v > high, high, v));
  }
  /// The derivative of `clamp`: 0 where it changes its argument.
  S slope(S raw) const {
    const S v = factor * raw;
    return kernels::select((v < low) | (v > high), S(0), factor);
  }
};

}  // namespace detail

}  // namespace eigenerate
