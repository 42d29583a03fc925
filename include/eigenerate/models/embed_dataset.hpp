#pragma once

#include <span>
#include <utility>

#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/models/latent_walks.hpp"

namespace eigenerate {

/// The codes of a data set, `model.embed(x)` of each of its samples with their labels, as a data set: what a
/// second model learns that is to know how the first one's codes are distributed. Of any model that embeds.
///
/// **Cost** a pass through the encoder; memory for a hundred samples beside the codes.
/// **Errors** as for `embed`.
template <class Derived, Scalar S>
Dataset embed_dataset(const LatentWalks<Derived, S>& walks, const Dataset& data) {
  const auto& model = static_cast<const Derived&>(walks);
  Matrix<float> codes(model.latent_size(), data.size());
  detail::in_portions<S>(data, 100, model.classes() > 0,
                         [&](ConstView<S> x, std::span<const int> labels, Index first) {
                           codes.middleCols(first, x.cols()) = model.embed(x, labels).template cast<float>();
                         });
  return Dataset("codes of " + data.name(), Shape{model.latent_size()}, std::move(codes), data.labels(),
                 data.classes());
}

}  // namespace eigenerate
