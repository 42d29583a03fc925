#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// The Wasserstein-1 distance of two sets of numbers: how far, on the mean, one must be moved to become the
/// other, the area between their distribution functions. In the unit of the numbers.
///
/// **Errors** `ConfigError` for an empty set and a number that is not finite.
/// **Numerics** SciPy's `wasserstein_distance`.
inline double wasserstein_distance(std::span<const double> x, std::span<const double> y) {
  std::vector<double> a(x.begin(), x.end()), b(y.begin(), y.end());
  for (auto* const set : {&a, &b}) {
    if (set->empty()) fail<ConfigError>("wasserstein_distance: expected numbers, got an empty set");
    for (const double& value : *set)
      if (!is_finite(value))
        fail<ConfigError>("wasserstein_distance: expected numbers, got {}", non_finite_name(value));
    std::sort(set->begin(), set->end());
  }
  double distance = 0, at = std::min(a.front(), b.front());
  std::size_t i = 0, j = 0;  // numbers that are not larger than `at`
  while (i < a.size() || j < b.size()) {
    const double next = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    const double below_a = static_cast<double>(i) / static_cast<double>(a.size()),
                 below_b = static_cast<double>(j) / static_cast<double>(b.size());
    distance += std::abs(below_a - below_b) * (next - at);
    at = next;
    while (i < a.size() && a[i] <= at) ++i;
    while (j < b.size() && b[j] <= at) ++j;
  }
  return distance;
}

}  // namespace eigenerate
