#pragma once

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// Binary cross-entropy `Σ log(1 + eˡ) − t·l` of targets t in [0, 1]: minus the log-probability of
/// `Bernoulli`.
///
/// **Shapes** logits, targets, dlogits: features × B.
/// **Backward** `dl = (sigmoid(l) − t) / B`.
/// **Numerics** as `Bernoulli`. PyTorch's `binary_cross_entropy_with_logits(reduction="sum") / B`.
template <Scalar S>
double bce_with_logits(ConstView<S> logits, ConstView<S> targets, View<S> dlogits = unwanted<S>()) {
  detail::require_loss_views("bce_with_logits", logits, targets, dlogits);
  const S scale = detail::per_sample(logits);
  const auto term = [](S l, S t) { return kernels::softplus(l) - t * l; };
  const auto derivative = [scale](S l, S t) { return scale * (kernels::sigmoid(l) - t); };
  return detail::mean_over_batch(logits, [&](Index first, Index size) {
    const S *const l = logits.data() + first, *const t = targets.data() + first;
    const double value = detail::sum_of_map<S>(size, term, l, t);
    if (wanted(dlogits)) kernels::map(dlogits.data() + first, size, derivative, l, t);
    return value;
  });
}

/// The same against one target for every logit.
template <Scalar S>
double bce_with_logits(ConstView<S> logits, double target, View<S> dlogits = unwanted<S>()) {
  detail::require_loss_views("bce_with_logits", logits, dlogits);
  const S t = static_cast<S>(target), scale = detail::per_sample(logits);
  const auto term = [t](S l) { return kernels::softplus(l) - t * l; };
  const auto derivative = [t, scale](S l) { return scale * (kernels::sigmoid(l) - t); };
  return detail::mean_over_batch(logits, [&](Index first, Index size) {
    const S* const l = logits.data() + first;
    const double value = detail::sum_of_map<S>(size, term, l);
    if (wanted(dlogits)) kernels::map(dlogits.data() + first, size, derivative, l);
    return value;
  });
}

}  // namespace eigenerate
