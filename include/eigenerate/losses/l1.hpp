#pragma once

#include <cmath>

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// Absolute error `Σ |p − t|`, summed over the features, mean over the batch.
///
/// **Shapes** prediction, target, d_prediction: features × B.
/// **Backward** `dp = sign(p − t) / B`, zero where both are equal.
/// **Numerics** PyTorch's `l1_loss(reduction="sum") / B`.
template <Scalar S>
double l1(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction = unwanted<S>()) {
  detail::require_loss_views("l1", prediction, target, d_prediction);
  const auto point = [](S p, S t) {
    const S sign = kernels::select(p > t, S(1), S(0)) - kernels::select(p < t, S(1), S(0));
    return detail::PointLoss<S>{std::abs(p - t), sign};
  };
  return detail::mean_of_points(prediction, d_prediction, point, target.data());
}

}  // namespace eigenerate
