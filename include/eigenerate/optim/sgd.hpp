#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/detail/rule_update.hpp"
#include "eigenerate/optim/detail/validation.hpp"

namespace eigenerate {

/// Stochastic gradient descent: plain, with momentum, or with Nesterov's.
///
/// With d = g + weight_decay·p and momentum µ: `b = µ b + (1 − dampening) d` (b = d at the first step), then
/// `p −= learning_rate · b`, or with Nesterov `p −= learning_rate · (d + µ b)`.
///
/// **Source** Sutskever et al. 2013, in PyTorch's form (the learning rate multiplies the velocity).
struct Sgd {
  double learning_rate = 1e-3;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double dampening = 0;

  void validate() const;

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const {
    if (momentum == 0) return {};
    return {"momentum_buffer"};
  }

  template <Scalar S>
  void update(const detail::RuleUpdate<S>& u) const {
    const bool first = u.step == 1;
    u.run(kernels::SgdUpdate<S>{
        .weight_decay = static_cast<S>(weight_decay),
        .keep = static_cast<S>(first ? 0 : momentum),
        .add = static_cast<S>(first ? 1 : 1 - dampening),
        .of_gradient = static_cast<S>(nesterov ? 1 : 0),
        .of_velocity = static_cast<S>(nesterov ? momentum : 1),
        .rate = static_cast<S>(u.learning_rate),
    });
  }
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void Sgd::validate() const {
  detail::require_positive("Sgd", "learning_rate", learning_rate);
  detail::require_decay_rate("Sgd", "momentum", momentum);
  detail::require_not_negative("Sgd", "weight_decay", weight_decay);
  detail::require_decay_rate("Sgd", "dampening", dampening);
  if (nesterov && (momentum == 0 || dampening != 0))
    fail<ConfigError>("Sgd: nesterov needs momentum > 0 and dampening 0, got {} and {}", momentum, dampening);
}

#endif

}  // namespace eigenerate
