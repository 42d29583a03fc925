#pragma once

#include <span>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How samples cover a mixture whose centers are known.
struct ModeCoverage {
  Index modes = 0;        ///< centers with a high-quality sample
  Estimate high_quality;  ///< share of samples within `deviations` standard deviations of a center
  Estimate reverse_kl;    ///< KL(samples' modes ‖ equal shares) in nats, each sample in its nearest mode
  std::vector<Index> counts;  ///< samples nearest to each center
};

/// Mode collapse as a number, on mixtures of Gaussians of one standard deviation.
///
/// The errors are the binomial one of a share and the multinomial one of a divergence; the number of modes
/// has none. The floor is that of samples of the mixture: in two dimensions 98.9 % lie within 3 deviations,
/// and the divergence is (modes − 1)/2n.
///
/// **Shapes** samples: features × n, centers: features × modes.
/// **Errors** `ShapeError` for no samples or centers and different features, `ConfigError` for a number that
/// is not finite and for deviations that are not positive.
/// **Numerics** distances from differences, in double.
/// **Source** Lin et al. 2018 (PacGAN), section 4.1, after Srivastava et al. 2017 (VEEGAN).
ModeCoverage mode_coverage(ConstView<float> samples, ConstView<float> centers, double standard_deviation,
                           double deviations = 3);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <algorithm>

#include "eigenerate/metrics/detail/class_shares.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

EIGENERATE_INLINE ModeCoverage mode_coverage(ConstView<float> samples, ConstView<float> centers,
                                             double standard_deviation, double deviations) {
  detail::require_features("mode_coverage", "samples", samples, "centers", centers);
  if (!(is_finite(standard_deviation) && standard_deviation > 0 && is_finite(deviations) && deviations > 0))
    fail<ConfigError>("mode_coverage: expected standard_deviation and deviations above 0, got {} and {}",
                      standard_deviation, deviations);
  const double radius = standard_deviation * deviations;
  const Matrix<double> means = centers.template cast<double>();
  std::vector<Index> good(static_cast<std::size_t>(centers.cols()));
  ModeCoverage result;
  result.counts.resize(good.size());
  double all_good = 0;
  for (Index i = 0; i < samples.cols(); ++i) {
    Index nearest = 0;
    const Vector<double> x = samples.col(i).template cast<double>();
    const double distance = std::sqrt((means.colwise() - x).colwise().squaredNorm().minCoeff(&nearest));
    ++result.counts[static_cast<std::size_t>(nearest)];
    if (distance > radius) continue;
    ++good[static_cast<std::size_t>(nearest)];
    ++all_good;
  }
  result.modes = centers.cols() - std::count(good.begin(), good.end(), 0);
  result.high_quality = share_of(all_good, static_cast<double>(samples.cols()));
  const std::vector<double> equal(good.size(), 1 / static_cast<double>(good.size()));
  result.reverse_kl = detail::kl_of_counts("mode_coverage", result.counts, equal);
  return result;
}

}  // namespace eigenerate

#endif
