#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate::detail {

/// Calls `weigh(x, labels, part)` for consecutive parts of the samples of a dataset, gathered for a model of
/// scalar S, and returns all the weights that it gives; `labels` only for a model with classes.
template <Scalar S, class F>
std::vector<LogMeanExp> weigh_samples(const Dataset& dataset, bool with_labels, F&& weigh) {
  constexpr Index most = 1000;
  std::vector<LogMeanExp> weights;
  in_portions<S>(dataset, most, with_labels, [&](ConstView<S> x, std::span<const int> labels, Index first) {
    const auto some = weigh(x, labels, static_cast<std::uint64_t>(first / most));
    weights.insert(weights.end(), some.begin(), some.end());
  });
  return weights;
}

}  // namespace eigenerate::detail
