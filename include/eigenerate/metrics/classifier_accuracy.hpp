#pragma once

#include <span>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// The share of conditional samples that a classifier takes for the class that was asked for. The ceiling is
/// the same of real samples. The error is binomial.
///
/// **Shapes** probabilities or logits: classes × n; one label for each sample.
/// **Errors** `ShapeError` for no samples and another number of labels, `ConfigError` for a label out of
/// range and a number that is not finite.
/// **Source** Shmelkov, Schmid & Alahari 2018 ("GAN-test"); Odena, Olah & Shlens 2017.
Estimate classifier_accuracy(ConstView<float> probabilities, std::span<const int> labels);

/// The share of samples that a classifier recognises as any class with a probability above `threshold`: how
/// many generated samples are clear ones. The ceiling is the same of real samples. The error is binomial.
///
/// **Shapes** probabilities: classes × n, columns that sum to 1.
/// **Errors** `ShapeError` for no samples, `ConfigError` for columns that are no distribution and for a
/// threshold outside of [0, 1].
Estimate recognized_share(ConstView<float> probabilities, double threshold = 0.9);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/label_distribution.hpp"

namespace eigenerate {

EIGENERATE_INLINE Estimate classifier_accuracy(ConstView<float> probabilities, std::span<const int> labels) {
  detail::require_features("classifier_accuracy", "probabilities", probabilities);
  detail::require_labels("classifier_accuracy", labels, probabilities.cols(), probabilities.rows());
  const auto told = most_likely_labels(probabilities);
  double right = 0;
  for (std::size_t i = 0; i < told.size(); ++i) right += told[i] == labels[i];
  return share_of(right, static_cast<double>(told.size()));
}

EIGENERATE_INLINE Estimate recognized_share(ConstView<float> probabilities, double threshold) {
  detail::require_probabilities("recognized_share", probabilities);
  if (!(is_finite(threshold) && threshold >= 0 && threshold <= 1))
    fail<ConfigError>("recognized_share: expected a threshold in [0, 1], got {}", threshold);
  const double clear = static_cast<double>(
      (probabilities.colwise().maxCoeff().template cast<double>().array() > threshold).count());
  return share_of(clear, static_cast<double>(probabilities.cols()));
}

}  // namespace eigenerate

#endif
