#pragma once

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

namespace detail {
template <Scalar S>
double squared_error(std::string_view name, ConstView<S> prediction, ConstView<S> target,
                     View<S> d_prediction, S weight) {
  require_loss_views(name, prediction, target, d_prediction);
  const auto point = [weight](S p, S t) {
    return PointLoss<S>{weight * ((p - t) * (p - t)), weight * (S(2) * (p - t))};
  };
  return mean_of_points(prediction, d_prediction, point, target.data());
}
}  // namespace detail

/// Squared error `Σ (p − t)²`, summed over the features, mean over the batch.
///
/// **Shapes** prediction, target, d_prediction: features × B.
/// **Backward** `dp = 2 (p − t) / B`.
/// **Numerics** PyTorch's `mse_loss(reduction="sum") / B`: features times `mse_mean`. Half of it is the
/// negative log-density of `UnitNormal` up to a constant.
template <Scalar S>
double mse(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction = unwanted<S>()) {
  return detail::squared_error("mse", prediction, target, d_prediction, S(1));
}

/// Squared error, averaged over features and batch.
///
/// **Shapes** prediction, target, d_prediction: features × B.
/// **Backward** `dp = 2 (p − t) / (features · B)`.
/// **Numerics** PyTorch's `mse_loss` with its default reduction.
template <Scalar S>
double mse_mean(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction = unwanted<S>()) {
  return detail::squared_error("mse_mean", prediction, target, d_prediction, detail::per_feature(prediction));
}

}  // namespace eigenerate
