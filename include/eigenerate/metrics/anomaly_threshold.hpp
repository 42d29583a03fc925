#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// The score above which a sample is taken for an anomaly: of n scores of normal samples the ⌈(n + 1)
/// quantile⌉-th smallest.
///
/// Where these samples are none that the model has learned from, a further normal one lies above it with a
/// probability of 1 − quantile at most, however scores are distributed, on average over sets of n (split
/// conformal prediction). Scores of training samples are too small, and so would be the threshold.
///
/// **Cost** n.
/// **Errors** `ConfigError` for a quantile outside of (0, 1), for a score that is NaN, and for so few scores
/// that no threshold keeps the promise: it needs quantile / (1 − quantile) of them.
/// **Source** Vovk, Gammerman & Shafer 2005, section 2.2; Lei et al. 2018, section 2.2.
inline double anomaly_threshold(std::span<const double> normal, double quantile) {
  if (!(is_finite(quantile) && quantile > 0 && quantile < 1))
    fail<ConfigError>("anomaly_threshold: expected a quantile in (0, 1), got {}", quantile);
  for (const double score : normal)
    if (is_nan(score)) fail<ConfigError>("anomaly_threshold: a score is NaN");
  // Rounding must not ask for one more: 100 × 0.99 is 99.00000000000001 in some orders of the factors.
  const double n = static_cast<double>(normal.size()), place = std::ceil((n + 1) * quantile * (1 - 1e-12));
  if (place > n)
    fail<ConfigError>(
        "anomaly_threshold: a quantile of {} needs at least {:.0f} scores of normal samples, got {}",
        quantile, std::ceil(quantile / (1 - quantile) * (1 - 1e-12)), normal.size());
  std::vector<double> scores(normal.begin(), normal.end());
  const auto at = scores.begin() + static_cast<std::ptrdiff_t>(place) - 1;
  std::nth_element(scores.begin(), at, scores.end());
  return *at;
}

}  // namespace eigenerate
