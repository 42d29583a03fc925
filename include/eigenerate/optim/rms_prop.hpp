#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/detail/rule_update.hpp"
#include "eigenerate/optim/detail/validation.hpp"

namespace eigenerate {

/// Divides by a running root mean square of the gradient; optionally with momentum, or centered (by an
/// estimate of the gradient's standard deviation).
///
/// With d = g + weight_decay·p: `s = α s + (1 − α) d²`, `q = d / (√s + ε)`, `p −= learning_rate · q`;
/// centered keeps `a = α a + (1 − α) d` and uses √(s − a²); momentum µ keeps `b = µ b + q` and steps along b.
///
/// **Numerics** s − a² is not let below zero, where rounding can take it and PyTorch's root is NaN.
/// **Source** Tieleman & Hinton 2012, lecture 6.5; centered: Graves 2013, eq. 38-45, with PyTorch's ε outside
/// the root.
struct RmsProp {
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  bool centered = false;
  double weight_decay = 0;

  void validate() const;

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const;

  template <Scalar S>
  void update(const detail::RuleUpdate<S>& u) const {
    u.run(kernels::RmsPropUpdate<S>{
        .weight_decay = static_cast<S>(weight_decay),
        .alpha = static_cast<S>(alpha),
        .one_minus_alpha = static_cast<S>(1 - alpha),
        .epsilon = static_cast<S>(epsilon),
        .momentum = static_cast<S>(momentum),
        .rate = static_cast<S>(u.learning_rate),
        .centered = centered,
    });
  }
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void RmsProp::validate() const {
  detail::require_positive("RmsProp", "learning_rate", learning_rate);
  detail::require_decay_rate("RmsProp", "alpha", alpha);
  detail::require_epsilon("RmsProp", epsilon);
  detail::require_decay_rate("RmsProp", "momentum", momentum);
  detail::require_not_negative("RmsProp", "weight_decay", weight_decay);
}

EIGENERATE_INLINE detail::MomentNames RmsProp::moment_names() const {
  detail::MomentNames names{"square_avg"};
  if (centered) names.add("grad_avg");
  if (momentum > 0) names.add("momentum_buffer");
  return names;
}

#endif

}  // namespace eigenerate
