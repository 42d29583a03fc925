#pragma once

#include <Eigen/Core>
#include <span>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate::data {

/// What samples were generated from: for each factor (a row) of each sample (a column) one of the values 0 …
/// count − 1.
using Factors = Eigen::Matrix<int, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

/// Factors of n samples, each uniform and independent of the others: sample j is draw j of the stream.
///
/// **Errors** `ConfigError` for no factors or a factor without values.
inline Factors draw_factors(std::span<const Index> counts, Index n, const RandomStream& random) {
  if (counts.empty()) fail<ConfigError>("draw_factors: expected at least one factor");
  Factors factors(static_cast<Index>(counts.size()), n);
  for (Index f = 0; f < factors.rows(); ++f) {
    const Index count = counts[static_cast<std::size_t>(f)];
    if (count < 1) fail<ConfigError>("draw_factors: factor {} has {} values", f, count);
    const RandomStream own = random.lane(static_cast<std::uint64_t>(f));
    for (Index j = 0; j < n; ++j)
      factors(f, j) = static_cast<int>(
          uniform_below(static_cast<std::uint64_t>(count), own, static_cast<std::uint64_t>(j)));
  }
  return factors;
}

}  // namespace eigenerate::data
