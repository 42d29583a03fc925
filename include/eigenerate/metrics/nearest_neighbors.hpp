#pragma once

#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How near samples are to the training data, judged by held-out real ones.
struct NearestNeighbors {
  std::vector<Index> neighbor;    ///< of each generated sample, its nearest training sample
  std::vector<double> distances;  ///< of each generated sample to that one
  Estimate distance;              ///< their mean
  Estimate real_distance;         ///< the mean distance of held-out samples to their nearest training sample
  /// The probability that a generated sample is nearer to the training data than a held-out one: 0.5 where
  /// the model has learned the distribution, 1 where it copies, below 0.5 where its samples are off the data.
  Estimate closer;
};

/// Whether a model memorises: the distance of its samples to the nearest training sample, beside that of
/// held-out samples, which are as new as samples can be. The floor is in the result: `real_distance`, and 0.5
/// for `closer`.
///
/// The errors are those of means; for `closer` that of the Mann-Whitney statistic, from the scatter of both
/// sets, with the training data held fixed.
///
/// **Shapes** features × n each, any n ≥ 1: features of images, or the images themselves.
/// **Cost** 2·features·train·(generated + held_out) flops, in blocks of bounded memory.
/// **Errors** `ShapeError` for an empty set and different features, `ConfigError` for a number that is not
/// finite.
/// **Numerics** neighbors by `for_each_distance_block`, their distances anew from the differences: a copy has
/// the distance 0.
/// **Source** Meehan, Chaudhuri & Dasgupta 2020, with the whole space as their one cell; errors as DeLong et
/// al. 1988.
NearestNeighbors nearest_neighbors(ConstView<float> generated, ConstView<float> train,
                                   ConstView<float> held_out);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "eigenerate/metrics/detail/distance_blocks.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

namespace detail {

struct Neighbors {
  std::vector<Index> index;
  std::vector<double> distance;

  Neighbors(ConstView<float> samples, ConstView<float> train, const Vector<double>& center)
      : index(static_cast<std::size_t>(samples.cols())),
        distance(index.size(), std::numeric_limits<double>::max()) {
    for_each_distance_block(samples, train, center,
                            [&](Index query, Index first, std::span<const double> distances) {
                              const auto q = static_cast<std::size_t>(query);
                              const auto least = std::min_element(distances.begin(), distances.end());
                              if (!(*least < distance[q])) return;
                              distance[q] = *least;
                              index[q] = first + (least - distances.begin());
                            });
    for (std::size_t q = 0; q < index.size(); ++q)
      distance[q] = (samples.col(static_cast<Index>(q)).template cast<double>() -
                     train.col(index[q]).template cast<double>())
                        .norm();
  }
};

/// For each of `x` the share of `others` above it, equal ones by half.
inline std::vector<double> shares_above(const std::vector<double>& x, std::vector<double> others) {
  std::sort(others.begin(), others.end());
  const double n = static_cast<double>(others.size());
  std::vector<double> shares;
  for (const double value : x) {
    const auto [low, high] = std::equal_range(others.begin(), others.end(), value);
    shares.push_back((static_cast<double>(others.end() - high) + 0.5 * static_cast<double>(high - low)) / n);
  }
  return shares;
}

}  // namespace detail

EIGENERATE_INLINE NearestNeighbors nearest_neighbors(ConstView<float> generated, ConstView<float> train,
                                                     ConstView<float> held_out) {
  detail::require_features("nearest_neighbors", "generated", generated, "train", train);
  detail::require_features("nearest_neighbors", "held_out", held_out, "train", train);
  const Vector<double> center = detail::center_of(train);
  detail::Neighbors of_generated(generated, train, center);
  const detail::Neighbors of_real(held_out, train, center);
  const Estimate closer = mean_of(detail::shares_above(of_generated.distance, of_real.distance));
  const Estimate other = mean_of(detail::shares_above(of_real.distance, of_generated.distance));
  NearestNeighbors result;
  result.distance = mean_of(of_generated.distance);
  result.real_distance = mean_of(of_real.distance);
  result.closer = {closer.value, std::hypot(closer.standard_error, other.standard_error)};
  result.neighbor = std::move(of_generated.index);
  result.distances = std::move(of_generated.distance);
  return result;
}

}  // namespace eigenerate

#endif
