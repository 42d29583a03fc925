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
  const S scale = detail::per_sample(prediction);
  const auto term = [](S p, S t) { return std::abs(p - t); };
  const auto derivative = [scale](S p, S t) {
    return kernels::select(p > t, scale, S(0)) - kernels::select(p < t, scale, S(0));
  };
  return detail::mean_over_batch(prediction, [&](Index first, Index size) {
    const S *const p = prediction.data() + first, *const t = target.data() + first;
    const double value = detail::sum_of_map<S>(size, term, p, t);
    if (wanted(d_prediction)) kernels::map(d_prediction.data() + first, size, derivative, p, t);
    return value;
  });
}

}  // namespace eigenerate
