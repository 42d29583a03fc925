#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// log of the mean of e^x over numbers that arrive one by one, without overflow: what importance-weighted
/// bounds and log-likelihood estimates are made of.
///
/// **Numerics** the running sums are relative to the largest x so far, in double: absolute error about
/// n·2⁻⁵³.
class LogMeanExp {
 public:
  void add(double x) {
    ++count_;
    if (!is_finite(x) && !is_nan(x) && x < 0) return;  // minus infinity: a weight of zero
    if (is_empty_) {
      is_empty_ = false;
      sum_ = squares_ = 1;
      max_ = x;
    } else if (x > max_) {
      const double less = std::exp(max_ - x);
      sum_ = sum_ * less + 1;
      squares_ = squares_ * less * less + 1;
      max_ = x;
    } else {
      const double weight = std::exp(x - max_);
      sum_ += weight;
      squares_ += weight * weight;
    }
  }
  /// As if the numbers of another one had arrived here too.
  void add(const LogMeanExp& other) {
    count_ += other.count_;
    if (other.is_empty_) return;
    const double top = is_empty_ ? other.max_ : std::max(max_, other.max_);
    const double mine = is_empty_ ? 0 : std::exp(max_ - top), theirs = std::exp(other.max_ - top);
    sum_ = sum_ * mine + other.sum_ * theirs;
    squares_ = squares_ * mine * mine + other.squares_ * theirs * theirs;
    max_ = top;
    is_empty_ = false;
  }
  /// log Σ e^x; minus infinity of nothing.
  double log_sum() const { return is_empty_ ? std::log(0.0) : max_ + std::log(sum_); }
  /// log (Σ e^x / n).
  double value() const { return log_sum() - std::log(static_cast<double>(count_)); }
  /// (Σ e^x)² / Σ e^2x, how many equal numbers would scatter as these do: from 1, where one weighs all, to n;
  /// 0 of nothing.
  ///
  /// **Source** Kong 1992, "A note on importance sampling using standardized weights".
  double effective_count() const { return is_empty_ ? 0 : sum_ * sum_ / squares_; }
  /// By how much `value` would scatter over other draws of the numbers, by the delta method: the standard
  /// error of the mean of e^x relative to it, √((n / effective_count − 1) / (n − 1)); none of one number. It
  /// cannot exceed 1, where a single number weighs all: from about ½ on it says that there are too few, and
  /// not how wrong `value` is. By half its square `value` is too low in expectation.
  double standard_error() const {
    if (is_empty_ || count_ < 2) return 0;
    const double n = static_cast<double>(count_);
    return std::sqrt(std::max(0.0, n / effective_count() - 1) / (n - 1));
  }

 private:
  double max_ = 0;
  double sum_ = 0;
  double squares_ = 0;
  std::size_t count_ = 0;
  bool is_empty_ = true;  // no weight above zero yet
};

}  // namespace eigenerate
