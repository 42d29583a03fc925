#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
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
  if (n < 0) fail<ConfigError>("central_differences: expected at least 0 numbers, got {}", n);
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

/// ‖a − b‖ / max(‖a‖, ‖b‖, floor) in the Euclidean norm; the largest number there is where either holds a
/// NaN or an infinity, or where their sizes differ.
///
/// `floor` keeps two vectors that are zero up to rounding from being compared by their noise.
template <class A, class B>
double relative_error(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b, double floor = 1e-4) {
  constexpr double worst = std::numeric_limits<double>::max();
  if (a.size() != b.size()) return worst;
  const Vector<double> x = a.derived().template cast<double>().reshaped();
  const Vector<double> y = b.derived().template cast<double>().reshaped();
  const double error = (x - y).norm() / std::max({x.norm(), y.norm(), floor});
  return is_finite(error) ? error : worst;
}

}  // namespace eigenerate::testing
