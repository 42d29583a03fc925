#pragma once

#include <span>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How far apart samples of one class lie.
struct IntraClassSpread : Estimate {
  std::vector<Estimate> of_class;  ///< zero for classes of fewer than two samples
};

/// The root mean squared distance between two samples of the same class, and its mean over the classes that
/// have at least two: zero where a conditional model makes one sample for each label. Compare with the same
/// of real samples and their labels, which is no floor but what is wanted.
///
/// The error is that of a mean of squared distances to the class's mean, to first order.
///
/// **Shapes** features: features × n; one label in [0, classes) for each.
/// **Cost** one pass: the mean over pairs is twice the trace of the unbiased covariance.
/// **Errors** `ShapeError` for another number of labels, and where no class has two samples; `ConfigError`
/// for labels out of range and a number that is not finite.
IntraClassSpread intra_class_spread(ConstView<float> features, std::span<const int> labels, Index classes);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

EIGENERATE_INLINE IntraClassSpread intra_class_spread(ConstView<float> features, std::span<const int> labels,
                                                      Index classes) {
  detail::require_features("intra_class_spread", "features", features);
  detail::require_labels("intra_class_spread", labels, features.cols(), classes);
  IntraClassSpread result;
  result.of_class.resize(static_cast<std::size_t>(classes));
  double spread = 0, squared_errors = 0;
  Index counted = 0;
  for (Index c = 0; c < classes; ++c) {
    std::vector<Index> members;
    for (Index i = 0; i < features.cols(); ++i)
      if (labels[static_cast<std::size_t>(i)] == c) members.push_back(i);
    if (members.size() < 2) continue;
    const double n = static_cast<double>(members.size());
    Vector<double> mean = Vector<double>::Zero(features.rows());
    for (const Index i : members) mean += features.col(i).template cast<double>() / n;
    std::vector<double> squares;  // of pairs, as seen from each sample
    for (const Index i : members)
      squares.push_back(2 * n / (n - 1) * (features.col(i).template cast<double>() - mean).squaredNorm());
    const Estimate pairs = mean_of(squares);
    Estimate& own = result.of_class[static_cast<std::size_t>(c)];
    own.value = std::sqrt(pairs.value);
    own.standard_error = own.value > 0 ? pairs.standard_error / (2 * own.value) : 0;
    spread += own.value;
    squared_errors += own.standard_error * own.standard_error;
    ++counted;
  }
  if (counted == 0) fail<ShapeError>("intra_class_spread: no class has two samples");
  result.value = spread / static_cast<double>(counted);
  result.standard_error = std::sqrt(squared_errors) / static_cast<double>(counted);
  return result;
}

}  // namespace eigenerate

#endif
