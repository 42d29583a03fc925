#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace eigenerate {

/// A measured number and its standard error: by how much it would scatter over other samples of the same
/// size. A bias that all samples of that size share is not in it; for that a measure has its floor
/// (`real_floor`).
struct Estimate {
  double value = 0;
  double standard_error = 0;
};

/// Two numbers between which another one lies.
struct Interval {
  double low = 0;
  double high = 0;
};

/// Where the number lies with 95 % confidence: 1.96 standard errors to both sides, as for a mean of many
/// samples, whose error is normal.
inline Interval interval_95(const Estimate& e) {
  constexpr double quantile = 1.959963984540054;
  return {e.value - quantile * e.standard_error, e.value + quantile * e.standard_error};
}

/// "12.3 ± 0.4"
inline std::string to_string(const Estimate& e, int digits = 4) {
  return fmt::format("{:.{}g} ± {:.2g}", e.value, digits, e.standard_error);
}

/// The mean of numbers and its standard error, their standard deviation by √n; none of one number.
///
/// **Numerics** two passes in double.
inline Estimate mean_of(std::span<const double> x) {
  if (x.empty()) return {};
  const double n = static_cast<double>(x.size());
  double mean = 0, squares = 0;
  for (const double value : x) mean += value;
  mean /= n;
  for (const double value : x) squares += (value - mean) * (value - mean);
  return {mean, x.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0};
}

/// A share of n independent samples, `count` of them, with the binomial standard error.
inline Estimate share_of(double count, double n) {
  const double p = n > 0 ? count / n : 0;
  return {p, n > 0 ? std::sqrt(std::max(0.0, p * (1 - p)) / n) : 0};
}

/// The jackknife's standard error of a figure, from its values with each group of the samples left out once.
///
/// **Source** Efron & Tibshirani 1993, eq. 11.5.
inline double jackknife_error(std::span<const double> without_group) {
  if (without_group.size() < 2) return 0;
  const double groups = static_cast<double>(without_group.size());
  return (groups - 1) * mean_of(without_group).standard_error;
}

}  // namespace eigenerate
