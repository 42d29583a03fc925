#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/metrics/detail/distance_blocks.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate::detail {

/// Two sets of samples with a k-th neighbor each.
inline void require_neighbors(std::string_view who, const ConstView<float>& real,
                              const ConstView<float>& generated, Index k) {
  if (k < 1) fail<ConfigError>("{}: expected a neighbor k of at least 1, got {}", who, k);
  require_features(who, "real", real, "generated", generated, k + 1);
}

/// The squared distance of each sample to its k-th nearest neighbor in the same set, itself not counted.
inline std::vector<double> squared_neighbor_radii(ConstView<float> samples, Index k,
                                                  const Vector<double>& center) {
  constexpr double far = std::numeric_limits<double>::max();
  Matrix<double> nearest = Matrix<double>::Constant(k, samples.cols(), far);  // in rising order
  for_each_distance_block(samples, samples, center,
                          [&](Index query, Index first, std::span<const double> distances) {
                            double* const best = nearest.col(query).data();
                            for (std::size_t j = 0; j < distances.size(); ++j) {
                              if (!(distances[j] < best[k - 1]) || first + Index(j) == query) continue;
                              Index at = k - 1;
                              for (; at > 0 && best[at - 1] > distances[j]; --at) best[at] = best[at - 1];
                              best[at] = distances[j];
                            }
                          });
  std::vector<double> radii(static_cast<std::size_t>(samples.cols()));
  for (Index i = 0; i < samples.cols(); ++i) radii[static_cast<std::size_t>(i)] = nearest(k - 1, i);
  return radii;
}

inline Estimate share_of_true(std::span<const char> flags) {
  return share_of(static_cast<double>(std::count(flags.begin(), flags.end(), 1)),
                  static_cast<double>(flags.size()));
}

}  // namespace eigenerate::detail
