#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How densely generated samples lie where real ones do, and how many real ones have any near them.
struct DensityCoverage {
  Estimate density;
  Estimate coverage;
};

/// Density and coverage, with balls about real samples alone, which outliers of the generated cannot blow up:
/// density is the number of real balls that a generated sample lies in, divided by k, and may exceed 1;
/// coverage the share of real balls that hold a generated sample.
///
/// For equal distributions density is 1 and coverage near 1 − 2⁻ᵏ where both sets are large and of equal
/// size. The errors are those of a mean over generated samples, and of a share over real ones, with the balls
/// held fixed.
///
/// **Shapes** real, generated: features × n of more than k samples.
/// **Cost** 2·features·(n² + nm) flops, in blocks of bounded memory.
/// **Errors** as `precision_recall`.
/// **Numerics** see `for_each_distance_block`; a distance equal to a radius is outside, as in the authors'
/// program.
/// **Source** Naeem et al. 2020, eq. 2 and 3, with their k = 5.
DensityCoverage density_coverage(ConstView<float> real, ConstView<float> generated, Index k = 5);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include "eigenerate/metrics/detail/neighbor_balls.hpp"

namespace eigenerate {

EIGENERATE_INLINE DensityCoverage density_coverage(ConstView<float> real, ConstView<float> generated,
                                                   Index k) {
  detail::require_neighbors("density_coverage", real, generated, k);
  const Vector<double> center = detail::center_of(real);
  const auto radii = detail::squared_neighbor_radii(real, k, center);
  // Each pass writes to its queries' places alone: one over the generated, one over the real samples.
  std::vector<double> balls(static_cast<std::size_t>(generated.cols()));
  detail::for_each_distance_block(generated, real, center,
                                  [&](Index query, Index first, std::span<const double> distances) {
                                    double& count = balls[static_cast<std::size_t>(query)];
                                    for (std::size_t j = 0; j < distances.size(); ++j)
                                      count += distances[j] < radii[static_cast<std::size_t>(first) + j];
                                  });
  for (double& count : balls) count /= static_cast<double>(k);
  std::vector<char> covered(static_cast<std::size_t>(real.cols()));
  detail::for_each_distance_block(real, generated, center,
                                  [&](Index query, Index, std::span<const double> distances) {
                                    char& found = covered[static_cast<std::size_t>(query)];
                                    const double radius = radii[static_cast<std::size_t>(query)];
                                    for (std::size_t j = 0; j < distances.size() && !found; ++j)
                                      found = distances[j] < radius;
                                  });
  return {mean_of(balls), detail::share_of_true(covered)};
}

}  // namespace eigenerate

#endif
