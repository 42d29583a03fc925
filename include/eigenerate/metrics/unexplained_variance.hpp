#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

/// The share of each sample's variance that its reconstruction misses, over the sample's own values:
///
///     mean (x − y)² / (mean (x − mean x)² + floor)
///
/// 0 where nothing is missed, 1 where the sample's own mean would do as well: 1 − R², without the floor.
/// As a score of anomalies it takes out of an error how much there was to be made: a bold digit has a larger
/// squared error than a thin one, however well either is known. A sample without variance has its squared
/// error by the floor, which says what error is none, squared; as given, a thousandth of black to white.
///
/// **Shapes** samples, reconstructions: features × n, all values of one kind, in any order.
/// **Errors** `ShapeError` for no samples and for reconstructions of another size or number, `ConfigError`
/// for a number that is not finite and for a floor that is not positive.
/// **Numerics** in double.
inline std::vector<double> unexplained_variance(ConstView<float> samples, ConstView<float> reconstructions,
                                                double floor = 1e-6) {
  constexpr std::string_view who = "unexplained_variance";
  detail::require_features(who, "samples", samples, "reconstructions", reconstructions);
  if (samples.cols() != reconstructions.cols())
    fail<ShapeError>("{}: expected a reconstruction for each of {} samples, got {}", who, samples.cols(),
                     reconstructions.cols());
  if (!(is_finite(floor) && floor > 0))
    fail<ConfigError>("{}: expected a positive floor, got {}", who, floor);
  std::vector<double> shares(static_cast<std::size_t>(samples.cols()));
  kernels::for_each_item(samples.cols(), samples.rows(), [&](Index i) {
    const Vector<double> x = samples.col(i).cast<double>();
    const double n = static_cast<double>(x.size()), variance = (x.array() - x.mean()).square().sum() / n,
                 error = (x - reconstructions.col(i).cast<double>()).squaredNorm() / n;
    shares[static_cast<std::size_t>(i)] = error / (variance + floor);
  });
  return shares;
}

}  // namespace eigenerate
