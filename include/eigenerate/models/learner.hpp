#pragma once

#include <optional>
#include <utility>

#include "eigenerate/models/model.hpp"
#include "eigenerate/network/network.hpp"
#include "eigenerate/optim/optim.hpp"

namespace eigenerate {

/// How a network's parameters follow their gradients.
struct LearnerOptions {
  Optimizer optimizer = Adam{};
  double ema_decay = 0;  ///< of the moving average of the parameters that predictions use; 0 keeps none
};

/// A network with what it needs to learn: gradients, optimiser state and, where wanted, a moving average.
template <Layer L, Scalar S>
struct Learner {
  Network<L, S> network;
  Arena<S> gradients;
  Optimizer optimizer;
  OptimizerState<S> state;
  double ema_decay;
  std::optional<Network<L, S>> average;  ///< averaged parameters, the network's present buffers

  Learner(Network<L, S> network_, const LearnerOptions& options)
      : network(std::move(network_)),
        gradients(network.parameters().like()),
        optimizer(options.optimizer),
        state(make_state(optimizer, network.parameters())),
        ema_decay(options.ema_decay) {
    std::visit([](const auto& rule) { rule.validate(); }, optimizer);
    if (!(ema_decay >= 0 && ema_decay < 1))
      fail<ConfigError>("{}: ema_decay must be in [0, 1), got {}", network.name(), ema_decay);
    if (ema_decay > 0) average = network;
  }

  /// The network that predictions use.
  const Network<L, S>& predictor() const { return average ? *average : network; }

  /// One optimiser step; the gradients are zero afterwards.
  void step(double learning_rate_factor) {
    step_and_clear(optimizer, network.parameters(), gradients, state, learning_rate_factor);
    if (!average) return;
    ema_update(average->parameters(), network.parameters(), ema_decay);
    std::copy_n(network.buffers().data(), network.buffers().size(), average->buffers().data());
  }
};

/// Bounds on the gradients before a step; zero means no bound.
struct GradientClipping {
  double value = 0;  ///< of every component
  double norm = 0;   ///< of all gradients of the step together
};

/// Clips the gradients of networks that learn from one loss together, then steps each.
template <class... Learners>
void update(const StepContext& context, const GradientClipping& clipping, Learners&... learners) {
  if (clipping.value > 0) (clip_by_value(learners.gradients, clipping.value), ...);
  if (clipping.norm > 0) clip_by_global_norm({&learners.gradients...}, clipping.norm);
  (learners.step(context.learning_rate_factor), ...);
}

}  // namespace eigenerate
