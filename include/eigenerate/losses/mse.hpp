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
  const S scale = S(2) * detail::per_sample(prediction);
  const auto term = [](S p, S t) { return (p - t) * (p - t); };
  const auto derivative = [scale](S p, S t) { return scale * (p - t); };
  return detail::mean_over_batch(prediction, [&](Index first, Index size) {
    const S *const p = prediction.data() + first, *const t = target.data() + first;
    const double value = detail::sum_of_map<S>(size, term, p, t);
    if (wanted(d_prediction)) kernels::map(d_prediction.data() + first, size, derivative, p, t);
    return value;
  });
}

}  // namespace eigenerate
