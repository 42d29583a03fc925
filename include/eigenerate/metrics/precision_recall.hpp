#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How much of what is generated is real, and how much of what is real is generated.
struct PrecisionRecall {
  Estimate precision;
  Estimate recall;
};

/// Improved precision and recall: the share of generated samples within the real ones' manifold, and of real
/// ones within that of the generated. A manifold is the union of balls about its samples, each reaching to
/// the k-th nearest neighbor in its own set.
///
/// Both depend on the number of samples: compare equal numbers, and with `real_floor`, which is below 1.
/// The errors are binomial, of the share of samples with the manifold held fixed; a resampled manifold would
/// have balls of radius zero about samples that occur twice.
///
/// **Shapes** real, generated: features × n of more than k samples.
/// **Cost** 2·features·(n + m)² flops, in blocks of bounded memory.
/// **Errors** `ShapeError` for different features and for k samples or fewer, `ConfigError` for a number that
/// is not finite and for k < 1.
/// **Numerics** see `for_each_distance_block`; a distance equal to a radius is within.
/// **Source** Kynkäänniemi et al. 2019, eq. 1 and 2, with their k = 3.
PrecisionRecall precision_recall(ConstView<float> real, ConstView<float> generated, Index k = 3);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include "eigenerate/metrics/detail/neighbor_balls.hpp"

namespace eigenerate {

EIGENERATE_INLINE PrecisionRecall precision_recall(ConstView<float> real, ConstView<float> generated,
                                                   Index k) {
  detail::require_neighbors("precision_recall", real, generated, k);
  const Vector<double> center = detail::center_of(real);
  const auto share_within = [&](ConstView<float> points, ConstView<float> set) {
    const auto radii = detail::squared_neighbor_radii(set, k, center);
    std::vector<char> within(static_cast<std::size_t>(points.cols()));
    detail::for_each_distance_block(points, set, center,
                                    [&](Index query, Index first, std::span<const double> distances) {
                                      char& found = within[static_cast<std::size_t>(query)];
                                      for (std::size_t j = 0; j < distances.size() && !found; ++j)
                                        found = distances[j] <= radii[static_cast<std::size_t>(first) + j];
                                    });
    return detail::share_of_true(within);
  };
  return {share_within(generated, real), share_within(real, generated)};
}

}  // namespace eigenerate

#endif
