#pragma once

#include <cmath>

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

namespace detail {
template <Scalar S>
double l1(std::string_view name, ConstView<S> prediction, ConstView<S> target, View<S> d_prediction,
          S weight) {
  require_loss_views(name, prediction, target, d_prediction);
  const auto point = [weight](S p, S t) {
    const S sign = kernels::select(p > t, weight, S(0)) - kernels::select(p < t, weight, S(0));
    return PointLoss<S>{weight * std::abs(p - t), sign};
  };
  return mean_of_points(prediction, d_prediction, point, target.data());
}
}  // namespace detail

/// Absolute error `Σ |p − t|`, summed over the features, mean over the batch.
///
/// **Shapes** prediction, target, d_prediction: features × B.
/// **Backward** `dp = sign(p − t) / B`, zero where both are equal.
/// **Numerics** PyTorch's `l1_loss(reduction="sum") / B`.
template <Scalar S>
double l1(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction = unwanted<S>()) {
  return detail::l1("l1", prediction, target, d_prediction, S(1));
}

/// Absolute error, averaged over features and batch: what the weights of the literature on image translation
/// belong to (pix2pix's 100, CycleGAN's 10).
///
/// **Shapes** prediction, target, d_prediction: features × B.
/// **Backward** `dp = sign(p − t) / (features · B)`, zero where both are equal.
/// **Numerics** PyTorch's `l1_loss` with its default reduction.
template <Scalar S>
double l1_mean(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction = unwanted<S>()) {
  return detail::l1("l1_mean", prediction, target, d_prediction, detail::per_feature(prediction));
}

}  // namespace eigenerate
