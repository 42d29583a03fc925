#pragma once

#include <cmath>
#include <cstddef>

#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// log of the mean of e^x over numbers that arrive one by one, without overflow: what importance-weighted
/// bounds and log-likelihood estimates are made of.
///
/// **Numerics** the running sum is relative to the largest x so far, in double: absolute error about n·2⁻⁵³.
class LogMeanExp {
 public:
  void add(double x) {
    ++count_;
    if (!is_finite(x) && !is_nan(x) && x < 0) return;  // minus infinity: a weight of zero
    if (is_empty_) {
      is_empty_ = false;
      sum_ = 1;
      max_ = x;
    } else if (x > max_) {
      sum_ = sum_ * std::exp(max_ - x) + 1;
      max_ = x;
    } else {
      sum_ += std::exp(x - max_);
    }
  }
  /// log Σ e^x; minus infinity of nothing.
  double log_sum() const { return is_empty_ ? std::log(0.0) : max_ + std::log(sum_); }
  /// log (Σ e^x / n).
  double value() const { return log_sum() - std::log(static_cast<double>(count_)); }

 private:
  double max_ = 0;
  double sum_ = 0;
  std::size_t count_ = 0;
  bool is_empty_ = true;  // no weight above zero yet
};

}  // namespace eigenerate
