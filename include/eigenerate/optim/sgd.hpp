#pragma once

#include "eigenerate/optim/flat_loop.hpp"
#include "eigenerate/optim/validation.hpp"

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

  void validate() const {
    detail::require_positive("Sgd", "learning_rate", learning_rate);
    detail::require_decay_rate("Sgd", "momentum", momentum);
    detail::require_not_negative("Sgd", "weight_decay", weight_decay);
    detail::require_decay_rate("Sgd", "dampening", dampening);
    if (nesterov && (momentum == 0 || dampening != 0))
      fail<ConfigError>("Sgd: nesterov needs momentum > 0 and dampening 0, got {} and {}", momentum,
                        dampening);
  }

  /// PyTorch's names of what the rule remembers.
  detail::MomentNames moment_names() const {
    if (momentum == 0) return {};
    return {"momentum_buffer"};
  }

  template <Scalar S>
  void update(detail::UpdateBlock<S> block) const {
    detail::BlockBuffer<S> buffer;
    auto d = buffer.first(block.parameters.size());
    block.decayed_gradient(weight_decay, d);
    if (momentum == 0) return block.descend(block.learning_rate, detail::read(d));
    auto velocity = block.moment(0);
    const bool first = block.step == 1;
    block.mix(velocity, first ? 0 : momentum, first ? 1 : 1 - dampening, detail::read(d));
    if (nesterov) block.mix(d, 1, momentum, detail::read(velocity));
    block.descend(block.learning_rate, detail::read(nesterov ? d : velocity));
  }
};

}  // namespace eigenerate
