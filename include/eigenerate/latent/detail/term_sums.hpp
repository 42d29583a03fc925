#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "eigenerate/latent/objective.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate::detail {

/// The mean of some terms, in double.
template <Scalar S>
double mean_of(std::span<const S> terms) {
  const Eigen::Map<const Vector<S>> v(terms.data(), static_cast<Index>(terms.size()));
  return v.template cast<double>().mean();
}

/// Every sample weighs the same.
template <Scalar S>
void weigh_uniformly(const ObjectiveTerms<S>& t, std::span<S> weights) {
  std::fill(weights.begin(), weights.end(), S(-1) / static_cast<S>(t.inputs * t.samples));
}

/// log of the importance weight of sample j.
template <Scalar S>
double log_weight(const ObjectiveTerms<S>& t, std::size_t j) {
  return static_cast<double>(t.log_px[j] + t.log_pz[j] - t.log_qz[j]);
}

/// The mean over inputs and their groups of the log of the mean importance weight in a group of neighbouring
/// samples. Calls `each(j, share)` for every sample, with its share of the weights of its group.
template <Scalar S, class F>
double mean_log_of_groups(const ObjectiveTerms<S>& t, Index groups, const F& each) {
  const auto k = static_cast<std::size_t>(t.samples / groups);
  double sum = 0;
  for (std::size_t begin = 0; begin < t.log_px.size(); begin += k) {
    LogMeanExp mean;
    for (std::size_t j = begin; j < begin + k; ++j) mean.add(log_weight(t, j));
    sum += mean.value();
    for (std::size_t j = begin; j < begin + k; ++j) each(j, std::exp(log_weight(t, j) - mean.log_sum()));
  }
  return sum / static_cast<double>(t.inputs * groups);
}

}  // namespace eigenerate::detail
