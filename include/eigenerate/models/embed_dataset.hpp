#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate {

/// The codes of a data set, `model.embed(x)` of each of its samples with their labels, as a data set: what a
/// second model learns that is to know how the first one's codes are distributed.
///
/// **Cost** a pass through the encoder; memory for a hundred samples beside the codes.
/// **Errors** as for `embed`.
template <Scalar S>
Dataset embed_dataset(const LatentSpace<S>& model, const Dataset& data) {
  constexpr Index portion = 100;
  Matrix<float> codes(model.latent_size(), data.size());
  Matrix<S> x;
  std::vector<Index> positions;
  std::vector<int> labels;
  for (Index first = 0; first < data.size(); first += portion) {
    const Index n = std::min(portion, data.size() - first);
    positions.resize(static_cast<std::size_t>(n));
    std::iota(positions.begin(), positions.end(), first);
    x.resize(data.sample_shape().size(), n);
    data.gather<S>(positions, as_view(x));
    labels.resize(model.classes() > 0 ? positions.size() : 0);
    if (!labels.empty()) data.gather_labels(positions, labels);
    codes.middleCols(first, n) = model.embed(as_const(x), labels).template cast<float>();
  }
  return Dataset("codes of " + data.name(), Shape{model.latent_size()}, std::move(codes), data.labels(),
                 data.classes());
}

}  // namespace eigenerate
