#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/metrics/detail/middle_ranks.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// Spearman's rank correlation of two numbers of each sample: 1 where one always rises with the other, −1
/// where it always falls, 0 where they have nothing to do with each other.
///
/// **Errors** `ShapeError` for sets of different sizes and fewer than 4 samples, `ConfigError` for a number
/// that is not finite and for numbers that are all equal, which have no ranks.
/// **Numerics** in double; equal numbers share a rank. The standard error is that of Fisher's transform with
/// the variance of ranks, (1 + ρ²/2) / (n − 3), brought back.
/// **Source** Spearman 1904; the error: Bonett & Wright 2000, eq. 2.
inline Estimate rank_correlation(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size() || x.size() < 4)
    fail<ShapeError>("rank_correlation: expected two numbers of each of at least 4 samples, got {} and {}",
                     x.size(), y.size());
  const auto require = [](std::string_view which, std::span<const double> numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (!is_finite(numbers[i]))
        fail<ConfigError>("rank_correlation: number {} of the {} is not finite", i, which);
    if (std::adjacent_find(numbers.begin(), numbers.end(), std::not_equal_to<>{}) == numbers.end())
      fail<ConfigError>("rank_correlation: all {} numbers of the {} are equal, and have no ranks",
                        numbers.size(), which);
  };
  require("first", x);
  require("second", y);
  const std::vector<double> a = detail::middle_ranks(x), b = detail::middle_ranks(y);
  const double n = static_cast<double>(x.size()), middle = 0.5 * (n + 1);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - middle) * (b[i] - middle);
    aa += (a[i] - middle) * (a[i] - middle);
    bb += (b[i] - middle) * (b[i] - middle);
  }
  const double rho = std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
  return {rho, (1 - rho * rho) * std::sqrt((1 + 0.5 * rho * rho) / (n - 3))};
}

}  // namespace eigenerate
