#pragma once

#include <vector>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The unbiased variance of every row: of each feature over the samples.
///
/// **Shapes** x: features × n → features; zeros for fewer than two samples.
/// **Numerics** two passes in double: the mean, then the squares around it.
template <Scalar S>
std::vector<double> row_variances(ConstView<S> x) {
  const Index n = x.cols();
  std::vector<double> mean(static_cast<std::size_t>(x.rows())), variance(mean.size());
  if (n < 2) return variance;
  const auto for_each = [&](auto&& f) {
    for (Index c = 0; c < n; ++c)
      for (std::size_t r = 0; r < mean.size(); ++r)
        f(r, static_cast<double>(x.data()[c * x.rows() + Index(r)]));
  };
  for_each([&](std::size_t r, double value) { mean[r] += value; });
  for (double& sum : mean) sum /= static_cast<double>(n);
  for_each([&](std::size_t r, double value) {
    const double deviation = value - mean[r];
    variance[r] += deviation * deviation / static_cast<double>(n - 1);
  });
  return variance;
}

}  // namespace eigenerate
