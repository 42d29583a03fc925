#pragma once

#include <cmath>

#include "eigenerate/optim/flat_loop.hpp"
#include "eigenerate/optim/validation.hpp"

namespace eigenerate {

namespace detail {

/// Adam's two moments, and the step along their bias-corrected quotient, for gradients given as an array
/// expression.
template <Scalar S, class Gradients>
void adam_update(UpdateBlock<S>& block, const Gradients& g, double beta1, double beta2, double epsilon) {
  auto m = block.moment(0), v = block.moment(1);
  m = S(beta1) * m + S(1 - beta1) * g;
  v = S(beta2) * v + S(1 - beta2) * g.square();
  const double t = static_cast<double>(block.step);
  const S rate = static_cast<S>(block.learning_rate / (1 - std::pow(beta1, t)));
  const S correction = static_cast<S>(1 / std::sqrt(1 - std::pow(beta2, t)));
  block.parameters -= rate * (m / (correction * v.sqrt() + S(epsilon)));
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

  void validate() const {
    detail::require_positive("Adam", "learning_rate", learning_rate);
    detail::require_decay_rate("Adam", "beta1", beta1);
    detail::require_decay_rate("Adam", "beta2", beta2);
    detail::require_epsilon("Adam", epsilon);
    detail::require_not_negative("Adam", "weight_decay", weight_decay);
  }

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const { return {"exp_avg", "exp_avg_sq"}; }

  template <Scalar S>
  void update(detail::UpdateBlock<S> block) const {
    detail::adam_update(block, block.gradients + S(weight_decay) * block.parameters, beta1, beta2, epsilon);
  }
};

}  // namespace eigenerate
