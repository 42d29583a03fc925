#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/detail/shuffled_blocks.hpp"

namespace eigenerate {

/// What a measure says of real samples against other real ones: the floor below which, or the ceiling above
/// which, no model can be told from the data. Measures of finitely many samples are not zero for equal
/// distributions (a Fréchet distance falls as 1/n), so a figure means little without its floor at the same
/// number of samples.
///
///     const auto floor = real_floor(real, 5000, [](auto& a, auto& b) { return frechet_distance(a, b); });
///
/// The samples are dealt at random into two disjoint sets of `samples` each, and `measure(one, other)` is
/// called as it would be with (real, generated).
///
/// **Errors** `ShapeError` for fewer than 2·samples of them.
template <class Measure>
auto real_floor(ConstView<float> real, Index samples, Measure&& measure, std::uint64_t seed = 0) {
  if (samples < 1) fail<ShapeError>("real_floor: expected at least one sample in a set, got {}", samples);
  detail::require_features("real_floor", "real", real, 2 * samples);
  std::vector<Index> order(static_cast<std::size_t>(real.cols()));
  random_permutation(order, RandomStream{seed, Purpose::evaluation});
  Matrix<float> sets[2];
  for (Index s = 0; s < 2; ++s) {
    sets[s].resize(real.rows(), samples);
    for (Index i = 0; i < samples; ++i)
      sets[s].col(i) = real.col(order[static_cast<std::size_t>(s * samples + i)]);
  }
  return measure(std::as_const(sets[0]), std::as_const(sets[1]));
}

}  // namespace eigenerate
