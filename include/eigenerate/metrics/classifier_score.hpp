#pragma once

#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How a classifier score is estimated.
struct ClassifierScoreOptions {
  Index splits = 10;       ///< disjoint parts that each give a score; 1: one score, no error bar
  std::uint64_t seed = 0;  ///< of the dealing
};

/// exp of the mean KL(p(y|x) ‖ p(y)): high where each sample is of one class without doubt and all classes
/// are equally frequent. With Inception's probabilities it is the Inception score. It sees nothing of what a
/// model misses within a class.
///
/// Samples are dealt at random into splits; the value is the mean of their scores and the error that of this
/// mean (the literature often prints the splits' standard deviation, √splits times as much). The ceiling is
/// the score of real samples' probabilities.
///
/// **Shapes** probabilities: classes × n, columns that sum to 1.
/// **Errors** `ShapeError` for fewer samples than splits, `ConfigError` for columns that are no distribution
/// and for fewer than one split.
/// **Source** Salimans et al. 2016, section 4.
Estimate classifier_score(ConstView<float> probabilities, const ClassifierScoreOptions& options = {});

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <cmath>
#include <vector>

#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/detail/shuffled_blocks.hpp"

namespace eigenerate {

EIGENERATE_INLINE Estimate classifier_score(ConstView<float> probabilities,
                                            const ClassifierScoreOptions& options) {
  if (options.splits < 1)
    fail<ConfigError>("classifier_score: expected at least one split, got {}", options.splits);
  detail::require_probabilities("classifier_score", probabilities, options.splits);
  const auto entropy_term = [](double p) { return p > 0 ? p * std::log(p) : 0; };
  const detail::ShuffledBlocks blocks(probabilities.cols(), options.splits, options.seed);
  std::vector<double> scores;
  for (Index b = 0; b < blocks.count(); ++b) {
    const Matrix<double> p = detail::columns_in_double(probabilities, blocks[b]);
    const Vector<double> mean = p.rowwise().mean();
    // Mean KL(p ‖ mean) is the entropy of the mean less the mean entropy.
    const double kl =
        p.unaryExpr(entropy_term).sum() / static_cast<double>(p.cols()) - mean.unaryExpr(entropy_term).sum();
    scores.push_back(std::exp(kl));
  }
  return mean_of(scores);
}

}  // namespace eigenerate

#endif
