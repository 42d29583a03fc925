#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/adam.hpp"

namespace eigenerate {

/// Adam with decoupled weight decay: `p *= 1 − learning_rate · weight_decay`, then Adam's step on the
/// gradient alone.
///
/// **Source** Loshchilov & Hutter 2019, algorithm 2, in PyTorch's form (the decay is scaled by the learning
/// rate).
struct AdamW {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;

  void validate() const;

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const { return {"exp_avg", "exp_avg_sq"}; }

  template <Scalar S>
  void update(const detail::RuleUpdate<S>& u) const {
    detail::adam_update(u, 0, weight_decay, beta1, beta2, epsilon);
  }
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void AdamW::validate() const {
  detail::require_positive("AdamW", "learning_rate", learning_rate);
  detail::require_decay_rate("AdamW", "beta1", beta1);
  detail::require_decay_rate("AdamW", "beta2", beta2);
  detail::require_epsilon("AdamW", epsilon);
  detail::require_not_negative("AdamW", "weight_decay", weight_decay);
}

#endif

}  // namespace eigenerate
