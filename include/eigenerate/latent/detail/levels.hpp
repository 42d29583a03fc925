#pragma once

#include <algorithm>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate::detail {

/// The size of the level that a layer begins with.
template <Layer L>
Index level_of(const L& layer, std::string_view kind) {
  const auto input = layer.input_shape();
  if (!input || !input->is_vector())
    fail<ConfigError>("{}: the layer must begin with a vector of the size of its level (Linear{{100, 100}})",
                      kind);
  return input->size();
}

/// `ShapeError` unless a layer from one level to another makes the other one's means and log-variances.
inline void require_levels(std::string_view kind, const Shape& made, Index from, Index to, Index latent) {
  if (to < 1 || made.size() != 2 * to)
    fail<ShapeError>(
        "{}: the layer goes from {} latent dimensions to {} numbers, means and log-variances of the others; of "
        "{} dimensions {} are left, which would be {} numbers",
        kind, from, made.size(), latent, to, 2 * to);
}

/// Copies of the upper and of the lower rows, each of which lies together.
template <Scalar S>
void split_rows(ConstView<S> all, View<S> upper, View<S> lower) {
  for (Index j = 0; j < all.cols(); ++j) {
    std::copy_n(all.col(j).data(), upper.rows(), upper.data() + j * upper.rows());
    std::copy_n(all.col(j).data() + upper.rows(), lower.rows(), lower.data() + j * lower.rows());
  }
}

template <Scalar S>
void join_rows(ConstView<S> upper, ConstView<S> lower, View<S> all) {
  for (Index j = 0; j < all.cols(); ++j) {
    std::copy_n(upper.col(j).data(), upper.rows(), all.col(j).data());
    std::copy_n(lower.col(j).data(), lower.rows(), all.col(j).data() + upper.rows());
  }
}

}  // namespace eigenerate::detail
