#pragma once

#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate::detail {

/// A distribution over classes: numbers that are not negative and sum to one.
inline void require_distribution(std::string_view who, std::span<const double> p, std::size_t classes) {
  double sum = 0;
  bool negative = false;
  for (const double& value : p) {
    if (!is_finite(value)) fail<ConfigError>("{}: a share of the reference is {}", who, value);
    negative = negative || value < 0;
    sum += value;
  }
  if (p.size() != classes)
    fail<ShapeError>("{}: expected a reference of {} shares, got {}", who, classes, p.size());
  if (negative || std::abs(sum - 1) > 1e-6)
    fail<ConfigError>(
        "{}: expected shares of a reference that sum to 1 and are not negative, got a sum of {}", who, sum);
}

/// The Kullback-Leibler divergence of observed counts from a reference, in nats, with the error of the
/// multinomial counts to first order (zero where both are equal; the estimate is biased by (classes − 1)/2n).
///
/// **Errors** `ConfigError` where a class occurs to which the reference gives no probability: the divergence
/// is infinite.
inline Estimate kl_of_counts(std::string_view who, std::span<const Index> counts,
                             std::span<const double> reference) {
  double n = 0, value = 0, squares = 0;
  for (const Index count : counts) n += static_cast<double>(count);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) continue;
    if (!(reference[c] > 0))
      fail<ConfigError>("{}: {} samples of class {}, which the reference never has: an infinite divergence",
                        who, counts[c], c);
    const double q = static_cast<double>(counts[c]) / n, ratio = std::log(q / reference[c]);
    value += q * ratio;
    squares += q * ratio * ratio;
  }
  return {value, std::sqrt(std::max(0.0, squares - value * value) / n)};
}

}  // namespace eigenerate::detail
