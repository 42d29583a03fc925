#pragma once

#include <cstddef>
#include <variant>

#include "eigenerate/optim/adam.hpp"
#include "eigenerate/optim/adam_w.hpp"
#include "eigenerate/optim/optimizer_state.hpp"
#include "eigenerate/optim/rms_prop.hpp"
#include "eigenerate/optim/sgd.hpp"

namespace eigenerate {

/// Any rule. All alternatives share `learning_rate`, `validate`, `moment_names` and `update`.
using Optimizer = std::variant<Sgd, Adam, AdamW, RmsProp>;

/// The state before the first step; `ConfigError` for hyper-parameters that cannot work.
template <Scalar S>
OptimizerState<S> make_state(const Optimizer& optimizer, const Arena<S>& parameters) {
  std::visit([](const auto& rule) { rule.validate(); }, optimizer);
  const std::size_t moments =
      std::visit([](const auto& rule) { return rule.moment_names().size(); }, optimizer);
  OptimizerState<S> state;
  for (std::size_t i = 0; i < moments; ++i) state.moments.push_back(parameters.like());
  return state;
}

namespace detail {
template <Scalar S>
void require_same_network(const char* what, const Arena<S>& parameters, const Arena<S>& other) {
  if (!other.same_table(parameters)) fail<StateError>("{}: the arenas are of different networks", what);
}
}  // namespace detail

/// One step: changes the parameters by the gradients and the state, at `learning_rate_factor` times the
/// rule's rate.
///
/// **Cost** one pass over all arenas; no allocation.
/// **Errors** `StateError` where the arenas are of different networks or the state is of another rule.
template <Scalar S>
void step(const Optimizer& optimizer, Arena<S>& parameters, const Arena<S>& gradients,
          OptimizerState<S>& state, double learning_rate_factor = 1) {
  detail::require_same_network("optimizer step", parameters, gradients);
  for (const Arena<S>& moment : state.moments)
    detail::require_same_network("optimizer step", parameters, moment);
  std::visit(
      [&](const auto& rule) {
        const std::size_t moments = rule.moment_names().size();
        if (state.moments.size() != moments)
          fail<StateError>(
              "optimizer step: the rule remembers {} arenas, its state has {}; make_state was called for "
              "another rule",
              moments, state.moments.size());
        ++state.step;
        detail::for_each_block(parameters.size(), [&](Index first, Index size) {
          detail::UpdateBlock<S> block{{parameters.data() + first, size}, {gradients.data() + first, size}};
          for (std::size_t i = 0; i < moments; ++i) block.moments[i] = state.moments[i].data() + first;
          block.step = state.step;
          block.learning_rate = rule.learning_rate * learning_rate_factor;
          rule.update(block);
        });
      },
      optimizer);
}

}  // namespace eigenerate
