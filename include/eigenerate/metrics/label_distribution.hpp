#pragma once

#include <span>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How labels, as a classifier gives them to generated samples, are distributed.
struct LabelDistribution {
  std::vector<Index> counts;  ///< of each class
  Index seen = 0;             ///< classes that occur: the number of modes
  double smallest_share = 0;  ///< of the samples, of the rarest class
  double largest_share = 0;
  Estimate kl;  ///< KL(labels ‖ reference) in nats
};

/// Counts the labels of samples and compares them with a reference, uniform where it is empty: classes that a
/// model has lost, and how uneven the others are.
///
/// The error of the divergence is that of multinomial counts. Its floor is its bias for equal distributions,
/// (classes − 1)/2n.
///
/// **Shapes** one label in [0, classes) for each sample; reference: one share for each class.
/// **Errors** `ShapeError` for no labels or a reference of another length, `ConfigError` for a label out of
/// range, a reference that is no distribution, and samples of a class that it never has.
LabelDistribution label_distribution(std::span<const int> labels, Index classes,
                                     std::span<const double> reference = {});

/// The class of the largest probability (or logit) of each sample, the first of equal ones.
std::vector<int> most_likely_labels(ConstView<float> probabilities);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <algorithm>

#include "eigenerate/metrics/detail/class_shares.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

EIGENERATE_INLINE LabelDistribution label_distribution(std::span<const int> labels, Index classes,
                                                       std::span<const double> reference) {
  if (classes < 1 || labels.empty())
    fail<ShapeError>("label_distribution: expected at least one label and one class, got {} and {}",
                     labels.size(), classes);
  detail::require_labels("label_distribution", labels, static_cast<Index>(labels.size()), classes);
  const std::vector<double> uniform(static_cast<std::size_t>(classes), 1 / static_cast<double>(classes));
  if (reference.empty()) reference = uniform;
  detail::require_distribution("label_distribution", reference, uniform.size());
  LabelDistribution d;
  d.counts.resize(uniform.size());
  for (const int label : labels) ++d.counts[static_cast<std::size_t>(label)];
  const auto [least, most] = std::minmax_element(d.counts.begin(), d.counts.end());
  const double n = static_cast<double>(labels.size());
  d.seen = classes - std::count(d.counts.begin(), d.counts.end(), 0);
  d.smallest_share = static_cast<double>(*least) / n;
  d.largest_share = static_cast<double>(*most) / n;
  d.kl = detail::kl_of_counts("label_distribution", d.counts, reference);
  return d;
}

EIGENERATE_INLINE std::vector<int> most_likely_labels(ConstView<float> probabilities) {
  detail::require_features("most_likely_labels", "probabilities", probabilities);
  std::vector<int> labels;
  for (Index i = 0; i < probabilities.cols(); ++i) {
    const float* const p = probabilities.data() + i * probabilities.rows();
    labels.push_back(static_cast<int>(std::max_element(p, p + probabilities.rows()) - p));
  }
  return labels;
}

}  // namespace eigenerate

#endif
