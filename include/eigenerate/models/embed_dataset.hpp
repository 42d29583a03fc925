#pragma once

#include <span>
#include <utility>

#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate {

/// The codes of a data set, `model.embed(x)` of each of its samples with their labels, as a data set: what a
/// second model learns that is to know how the first one's codes are distributed.
///
/// **Cost** a pass through the encoder; memory for a hundred samples beside the codes.
/// **Errors** as for `embed`.
template <Scalar S>
Dataset embed_dataset(const LatentSpace<S>& model, const Dataset& data) {
  Matrix<float> codes(model.latent_size(), data.size());
  detail::in_portions<S>(data, 100, model.classes() > 0,
                         [&](ConstView<S> x, std::span<const int> labels, Index first) {
                           codes.middleCols(first, x.cols()) = model.embed(x, labels).template cast<float>();
                         });
  return Dataset("codes of " + data.name(), Shape{model.latent_size()}, std::move(codes), data.labels(),
                 data.classes());
}

}  // namespace eigenerate
