#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/metrics/detail/middle_ranks.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

namespace detail {

/// Throws unless there are scores of both kinds that can be put in order.
inline void require_scores(std::string_view what, std::span<const double> normal,
                           std::span<const double> anomalous) {
  if (normal.size() < 2 || anomalous.size() < 2)
    fail<ConfigError>("{}: expected at least two scores of each kind, got {} and {}", what, normal.size(),
                      anomalous.size());
  for (const auto& scores : {normal, anomalous})
    for (const double score : scores)
      if (is_nan(score)) fail<ConfigError>("{}: a score is NaN", what);
}

}  // namespace detail

/// The area under the receiver operating characteristic: how likely an anomalous sample has a higher score
/// than a normal one, ties counting a half; ½ is chance. Its error is that of other samples of both kinds.
///
/// **Cost** n log n.
/// **Errors** `ConfigError` for fewer than two scores of a kind, or one that is NaN; infinite ones have their
/// place.
/// **Source** Hanley & McNeil 1982; the error: DeLong, DeLong & Clarke-Pearson 1988, by ranks as in Sun & Xu
/// 2014.
inline Estimate roc_auc(std::span<const double> normal, std::span<const double> anomalous) {
  detail::require_scores("roc_auc", normal, anomalous);
  std::vector<double> all(anomalous.begin(), anomalous.end());
  const std::vector<double> own_anomalous = detail::middle_ranks(all);
  const std::vector<double> own_normal = detail::middle_ranks({normal.begin(), normal.end()});
  all.insert(all.end(), normal.begin(), normal.end());
  const std::vector<double> ranks = detail::middle_ranks(all);
  // The share of the other kind that lies on the right side of each sample.
  const double m = static_cast<double>(anomalous.size()), n = static_cast<double>(normal.size());
  std::vector<double> above(anomalous.size()), below(normal.size());
  for (std::size_t i = 0; i < above.size(); ++i) above[i] = (ranks[i] - own_anomalous[i]) / n;
  for (std::size_t j = 0; j < below.size(); ++j) below[j] = 1 - (ranks[above.size() + j] - own_normal[j]) / m;
  const Estimate of_anomalous = mean_of(above), of_normal = mean_of(below);
  return {of_anomalous.value, std::hypot(of_anomalous.standard_error, of_normal.standard_error)};
}

/// The area under precision as a function of recall: the mean, over the anomalous samples, of the share of
/// anomalous ones among all that score at least as high. Chance gives the share of anomalous samples.
///
/// **Cost** n log n.
/// **Errors** as for `roc_auc`.
/// **Source** scikit-learn's `average_precision_score`; equal scores are one threshold.
inline double average_precision(std::span<const double> normal, std::span<const double> anomalous) {
  detail::require_scores("average_precision", normal, anomalous);
  std::vector<double> good(normal.begin(), normal.end()), bad(anomalous.begin(), anomalous.end());
  std::sort(good.begin(), good.end(), std::greater<>());
  std::sort(bad.begin(), bad.end(), std::greater<>());
  double sum = 0;
  for (std::size_t found = 0, wrong = 0, end = 0; found < bad.size(); found = end) {
    while (end < bad.size() && bad[end] == bad[found]) ++end;
    while (wrong < good.size() && good[wrong] >= bad[found]) ++wrong;
    sum += static_cast<double>(end - found) * static_cast<double>(end) / static_cast<double>(end + wrong);
  }
  return sum / static_cast<double>(bad.size());
}

}  // namespace eigenerate
