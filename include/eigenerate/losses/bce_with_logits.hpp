#pragma once

#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// Binary cross-entropy `Σ log(1 + eˡ) − t·l` of targets t in [0, 1]: minus the log-probability of
/// `Bernoulli`.
///
/// **Shapes** logits, targets, dlogits: features × B.
/// **Backward** `dl = (sigmoid(l) − t) / B`.
/// **Errors** `ConfigError` for targets outside [0, 1].
/// **Numerics** as `Bernoulli`. PyTorch's `binary_cross_entropy_with_logits(reduction="sum") / B`.
template <Scalar S>
double bce_with_logits(ConstView<S> logits, ConstView<S> targets, View<S> dlogits = unwanted<S>()) {
  detail::require_loss_views("bce_with_logits", logits, targets, dlogits);
  require_support("bce_with_logits", ValueRange{0, 1}, targets);
  const auto point = [](S l, S t) {
    const auto [sigmoid, softplus] = kernels::sigmoid_and_softplus(l);
    return detail::PointLoss<S>{softplus - t * l, sigmoid - t};
  };
  return detail::mean_of_points(logits, dlogits, point, targets.data());
}

/// The same against one target for every logit.
template <Scalar S>
double bce_with_logits(ConstView<S> logits, double target, View<S> dlogits = unwanted<S>()) {
  detail::require_loss_views("bce_with_logits", logits, dlogits);
  require_support("bce_with_logits", ValueRange{0, 1}, ValueRange{target, target});
  const auto point = [t = static_cast<S>(target)](S l) {
    const auto [sigmoid, softplus] = kernels::sigmoid_and_softplus(l);
    return detail::PointLoss<S>{softplus - t * l, sigmoid - t};
  };
  return detail::mean_of_points(logits, dlogits, point);
}

}  // namespace eigenerate
