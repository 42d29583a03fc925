#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate::detail {

/// Calls `weigh(x, labels, part)` for consecutive parts of the samples of a dataset, gathered for a model of
/// scalar S, and returns all the weights that it gives; `labels` only for a model with classes.
template <Scalar S, class F>
std::vector<LogMeanExp> weigh_samples(const Dataset& dataset, bool with_labels, F&& weigh) {
  constexpr Index most = 1000;  // bounds the memory
  std::vector<LogMeanExp> weights;
  for (Index first = 0; first < dataset.size(); first += most) {
    const Index n = std::min(most, dataset.size() - first);
    std::vector<Index> positions(static_cast<std::size_t>(n));
    std::iota(positions.begin(), positions.end(), first);
    Matrix<S> x(dataset.sample_shape().size(), n);
    dataset.gather<S>(positions, as_view(x));
    std::vector<int> labels(with_labels ? positions.size() : 0);
    if (with_labels) dataset.gather_labels(positions, labels);
    const auto some =
        weigh(as_const(x), std::span<const int>(labels), static_cast<std::uint64_t>(first / most));
    weights.insert(weights.end(), some.begin(), some.end());
  }
  return weights;
}

}  // namespace eigenerate::detail
