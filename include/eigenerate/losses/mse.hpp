#pragma once

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// Squared error `Σ (p − t)²`, summed over the features, mean over the batch.
///
/// **Shapes** prediction, target, d_prediction: features × B.
/// **Backward** `dp = 2 (p − t) / B`.
/// **Numerics** PyTorch's `mse_loss(reduction="sum") / B`: features times its default `mean`. Half of it is
/// the negative log-density of `UnitNormal` up to a constant.
template <Scalar S>
double mse(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction = unwanted<S>()) {
  detail::require_loss_views("mse", prediction, target, d_prediction);
  const auto point = [](S p, S t) { return detail::PointLoss<S>{(p - t) * (p - t), S(2) * (p - t)}; };
  return detail::mean_of_points(prediction, d_prediction, point, target.data());
}

}  // namespace eigenerate
