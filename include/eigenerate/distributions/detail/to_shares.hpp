#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/numbers.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::detail {

/// e^x of n numbers in place of x, so scaled that they add up to `weight`; returns the log of the sum of e^x.
///
/// **Numerics** relative to the largest number, so that nothing overflows; the sum in double. Of numbers that
/// are all −∞ the shares are 0.
template <class S>
double to_shares(S* x, Index n, double weight = 1) noexcept {
  const S largest = *std::max_element(x, x + n);
  if (!is_finite(largest) && !is_nan(largest) && largest < 0) {
    std::fill_n(x, n, S(0));
    return static_cast<double>(largest);
  }
  const auto relative = [largest](S v) {
    const S e = kernels::exp(v - largest);
    return kernels::ValueAndTerm<S>{e, e};
  };
  const double sum = kernels::map_and_sum(x, n, relative, x);
  const S scale = static_cast<S>(weight / sum);
  kernels::map(
      x, n, [scale](S v) { return scale * v; }, x);
  return static_cast<double>(largest) + std::log(sum);
}

/// The same of the first k rows of each column, with zeros in the rows below; `out[j]`: the log of its sum.
template <Scalar S>
void columns_to_shares(View<S> x, Index k, Numbers<S> out) noexcept {
  kernels::for_each_item(x.cols(), x.rows(), [&](Index j) {
    S* const column = x.data() + j * x.rows();
    out[static_cast<std::size_t>(j)] = static_cast<S>(to_shares(column, k));
    std::fill(column + k, column + x.rows(), S(0));
  });
}

}  // namespace eigenerate::detail
