#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

namespace eigenerate {

/// log of the mean of e^x over numbers that arrive one by one, without overflow: what importance-weighted
/// bounds and log-likelihood estimates are made of.
///
/// **Numerics** the running sum is relative to the largest x so far, in double: absolute error about n·2⁻⁵³.
class LogMeanExp {
 public:
  void add(double x) {
    ++count_;
    if (x == -std::numeric_limits<double>::infinity()) return;  // a weight of zero
    if (x > max_) {
      sum_ = sum_ * std::exp(max_ - x) + 1;
      max_ = x;
    } else {
      sum_ += std::exp(x - max_);
    }
  }
  /// log Σ e^x; minus infinity of nothing.
  double log_sum() const { return max_ + std::log(sum_); }
  /// log (Σ e^x / n).
  double value() const { return log_sum() - std::log(static_cast<double>(count_)); }

 private:
  double max_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
  std::size_t count_ = 0;
};

}  // namespace eigenerate
