#pragma once

#include <cmath>

#include "eigenerate/optim/flat_loop.hpp"
#include "eigenerate/optim/validation.hpp"

namespace eigenerate {

namespace detail {

/// Adam's two moments, and the step along their bias-corrected quotient.
template <Scalar S>
void adam_update(UpdateBlock<S>& block, ConstArrayView<S> g, double beta1, double beta2, double epsilon) {
  BlockBuffer<S> quotient;
  auto m = block.moment(0), v = block.moment(1), q = quotient.first(g.size());
  block.mix(m, beta1, 1 - beta1, g);
  block.mix_squares(v, beta2, 1 - beta2, g);
  const double t = static_cast<double>(block.step);
  block.divide_by_root(read(m), read(v), 1 / std::sqrt(1 - std::pow(beta2, t)), epsilon, q);
  block.descend(block.learning_rate / (1 - std::pow(beta1, t)), read(q));
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
    detail::BlockBuffer<S> buffer;
    auto d = buffer.first(block.parameters.size());
    block.decayed_gradient(weight_decay, d);
    detail::adam_update(block, detail::read(d), beta1, beta2, epsilon);
  }
};

}  // namespace eigenerate
