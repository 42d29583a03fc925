#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

namespace detail {

/// Ranks from 1; equal numbers share the mean of theirs.
inline std::vector<double> ranks_of(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return x[i] < x[j]; });
  std::vector<double> ranks(x.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && !(x[order[first]] < x[order[last]])) ++last;
    for (std::size_t i = first; i < last; ++i)
      ranks[order[i]] = 0.5 * (static_cast<double>(first) + static_cast<double>(last) + 1);
  }
  return ranks;
}

}  // namespace detail

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
  const std::vector<double> a = detail::ranks_of(x), b = detail::ranks_of(y);
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
