#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "eigenerate/data/dataset.hpp"

namespace eigenerate::detail {

/// Calls `f(x, labels, first)` for up to `most` samples of a dataset after the other, from number `first` on,
/// gathered for a model of scalar S: what bounds the memory. `labels` only where asked for.
template <Scalar S, class F>
void in_portions(const Dataset& dataset, Index most, bool with_labels, F&& f) {
  std::vector<Index> positions;
  std::vector<int> labels;
  for (Index first = 0; first < dataset.size(); first += most) {
    const Index n = std::min(most, dataset.size() - first);
    positions.resize(static_cast<std::size_t>(n));
    std::iota(positions.begin(), positions.end(), first);
    Matrix<S> x(dataset.sample_shape().size(), n);
    dataset.gather<S>(positions, as_view(x));
    labels.resize(with_labels ? positions.size() : 0);
    if (with_labels) dataset.gather_labels(positions, labels);
    f(as_const(x), std::span<const int>(labels), first);
  }
}

}  // namespace eigenerate::detail
