#pragma once

#include "eigenerate/optim/flat_loop.hpp"
#include "eigenerate/optim/validation.hpp"

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

  void validate() const {
    detail::require_positive("RmsProp", "learning_rate", learning_rate);
    detail::require_decay_rate("RmsProp", "alpha", alpha);
    detail::require_epsilon("RmsProp", epsilon);
    detail::require_decay_rate("RmsProp", "momentum", momentum);
    detail::require_not_negative("RmsProp", "weight_decay", weight_decay);
  }

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const {
    detail::MomentNames names{"square_avg"};
    if (centered) names.add("grad_avg");
    if (momentum > 0) names.add("momentum_buffer");
    return names;
  }

  template <Scalar S>
  void update(detail::UpdateBlock<S> block) const {
    const Index size = block.parameters.size();
    detail::BlockBuffer<S> gradient, variance;
    auto d = gradient.first(size), v = variance.first(size), square = block.moment(0);
    block.decayed_gradient(weight_decay, d);
    block.mix_squares(square, alpha, 1 - alpha, detail::read(d));
    if (centered) {
      auto average = block.moment(1);
      block.mix(average, alpha, 1 - alpha, detail::read(d));
      v = (square - average.square()).max(S(0));
    }
    block.divide_by_root(detail::read(d), detail::read(centered ? v : square), 1, epsilon, d);
    if (momentum > 0) {
      auto velocity = block.moment(centered ? 2 : 1);
      block.mix(velocity, momentum, 1, detail::read(d));
      return block.descend(block.learning_rate, detail::read(velocity));
    }
    block.descend(block.learning_rate, detail::read(d));
  }
};

}  // namespace eigenerate
