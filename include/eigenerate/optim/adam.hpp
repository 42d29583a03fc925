#pragma once

#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/detail/rule_update.hpp"
#include "eigenerate/optim/detail/validation.hpp"

namespace eigenerate {

namespace detail {

/// Adam's step; `decay` is added to the gradient, `decoupled_decay` shrinks the parameters.
template <Scalar S>
void adam_update(const RuleUpdate<S>& u, double decay, double decoupled_decay, double beta1, double beta2,
                 double epsilon) {
  const double t = static_cast<double>(u.step);
  u.run(kernels::AdamUpdate<S>{
      .weight_decay = static_cast<S>(decay),
      .shrinkage = static_cast<S>(1 - u.learning_rate * decoupled_decay),
      .beta1 = static_cast<S>(beta1),
      .one_minus_beta1 = static_cast<S>(1 - beta1),
      .beta2 = static_cast<S>(beta2),
      .one_minus_beta2 = static_cast<S>(1 - beta2),
      .root_scale = static_cast<S>(1 / std::sqrt(1 - std::pow(beta2, t))),
      .epsilon = static_cast<S>(epsilon),
      .rate = static_cast<S>(u.learning_rate / (1 - std::pow(beta1, t))),
  });
}

}  // namespace detail

/// Adam; weight decay is added to the gradient (L2), see `AdamW` for the decoupled one.
///
/// `m = β₁ m + (1 − β₁) g`, `v = β₂ v + (1 − β₂) g²`,
/// `p −= learning_rate · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)`.
///
/// **Source** Kingma & Ba 2015, algorithm 1.
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

  void validate() const;

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const { return {"exp_avg", "exp_avg_sq"}; }

  template <Scalar S>
  void update(const detail::RuleUpdate<S>& u) const {
    detail::adam_update(u, weight_decay, 0, beta1, beta2, epsilon);
  }
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void Adam::validate() const {
  detail::require_positive("Adam", "learning_rate", learning_rate);
  detail::require_decay_rate("Adam", "beta1", beta1);
  detail::require_decay_rate("Adam", "beta2", beta2);
  detail::require_epsilon("Adam", epsilon);
  detail::require_not_negative("Adam", "weight_decay", weight_decay);
}

#endif

}  // namespace eigenerate
