#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "eigenerate/core/types.hpp"

namespace eigenerate::testing {

/// The gradient of `f()` with respect to the `n` numbers at `p`, by central differences in double.
///
/// **Numerics** the step h = 1e-5·max(1, |p|) balances the truncation error h²·|f‴|/6 ≈ 2e-11 and the
/// rounding error ε·|f|/h ≈ 2e-11 of a function of order one; a relative error of 1e-6 leaves room for |f| ≈
/// 1e3.
/// **Cost** 2n evaluations of `f`; `p` is restored to the bit.
template <class F>
Vector<double> central_differences(F&& f, double* p, Index n) {
  Vector<double> gradient(n);
  for (Index i = 0; i < n; ++i) {
    const double original = p[i], h = 1e-5 * std::max(1.0, std::abs(original));
    p[i] = original + h;
    const double up = p[i], above = f();
    p[i] = original - h;
    const double down = p[i], below = f();
    p[i] = original;
    gradient(i) = (above - below) / (up - down);
  }
  return gradient;
}

/// ‖a − b‖ / max(‖a‖, ‖b‖, floor) in the Euclidean norm; infinite where either holds a NaN.
///
/// `floor` keeps two vectors that are zero up to rounding from being compared by their noise.
template <class A, class B>
double relative_error(const A& a, const B& b, double floor = 1e-4) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, norm_a = 0, norm_b = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a.data()[i]), y = static_cast<double>(b.data()[i]);
    difference += (x - y) * (x - y);
    norm_a += x * x;
    norm_b += y * y;
  }
  const double error = std::sqrt(difference) / std::max({std::sqrt(norm_a), std::sqrt(norm_b), floor});
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

}  // namespace eigenerate::testing
