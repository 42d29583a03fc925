#pragma once

#include <cmath>
#include <numbers>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// What one value of a sample costs, in bits: `−log p(x) / (D log 2) − log₂ width`, −log p(x) in nats.
///
/// `level_width` is how far neighboring levels lie apart in the units in which x was modeled. It is 1 where p
/// is a probability of the levels themselves (`Bernoulli`, `BetaBinomial`, `DiscretizedLogisticMixture`);
/// 1/256 where it is a density of 256 levels that were dequantized to (0, 1); 2/256 where these fill (−1, 1).
/// With a density the bits are an upper bound of what a code of the levels needs.
///
/// **Errors** `ConfigError` for no dimensions and for a width that is not positive.
/// **Source** Theis, van den Oord & Bethge 2016, section 3.1.
inline Estimate bits_per_dimension(const Estimate& nll, Index dimensions, double level_width = 1) {
  if (dimensions < 1)
    fail<ConfigError>("bits_per_dimension: expected at least one dimension, got {}", dimensions);
  if (!(is_finite(level_width) && level_width > 0))
    fail<ConfigError>("bits_per_dimension: expected a finite width of a level above 0, got {}", level_width);
  const double nats = static_cast<double>(dimensions) * std::numbers::ln2;
  return {nll.value / nats - std::log2(level_width), nll.standard_error / nats};
}

}  // namespace eigenerate
