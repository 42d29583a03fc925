#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/adam.hpp"
#include "eigenerate/optim/adam_w.hpp"
#include "eigenerate/optim/lookahead.hpp"
#include "eigenerate/optim/optimizer_state.hpp"
#include "eigenerate/optim/rms_prop.hpp"
#include "eigenerate/optim/sgd.hpp"

namespace eigenerate {

/// Any rule. All alternatives share `validate`, `moment_names` and `update`, and those that take no other one
/// ahead, `learning_rate`.
using Optimizer = std::variant<Sgd, Adam, AdamW, RmsProp, Lookahead>;

/// The rule's name: `Adam`, `Lookahead of Adam`.
std::string_view optimizer_name(const Optimizer& optimizer);

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
template <class Rule>
double rate_of(const Rule& rule) {
  if constexpr (requires { rule.learning_rate; })
    return rule.learning_rate;
  else
    return std::visit([](const auto& inner) { return inner.learning_rate; }, rule.rule);
}

template <Scalar S>
void require_same_network(const char* what, const Arena<S>& parameters, const Arena<S>& other) {
  if (!other.same_table(parameters)) fail<StateError>("{}: the arenas are of different networks", what);
}

template <Scalar S>
void step(const Optimizer& optimizer, Arena<S>& parameters, const Arena<S>& gradients, S* cleared_gradients,
          OptimizerState<S>& state, double learning_rate_factor, std::span<const ArenaRange> ranges) {
  require_same_network("optimizer step", parameters, gradients);
  for (const Arena<S>& moment : state.moments) require_same_network("optimizer step", parameters, moment);
  require_not_negative("optimizer step", "learning_rate_factor", learning_rate_factor);
  std::visit(
      [&](const auto& rule) {
        const std::size_t moments = rule.moment_names().size();
        if (state.moments.size() != moments)
          fail<StateError>(
              "optimizer step: the rule remembers {} arenas, its state has {}; make_state was called for "
              "another rule",
              moments, state.moments.size());
        ++state.step;
        if constexpr (requires {
                        rule.begin_step(state.step, parameters.data(), parameters.data(), Index{});
                      })
          rule.begin_step(state.step, std::as_const(parameters).data(), state.moments.back().data(),
                          parameters.size());
        for (const auto& [begin, end] : ranges) {
          RuleUpdate<S> update{{parameters.data() + begin, gradients.data() + begin,
                                cleared_gradients ? cleared_gradients + begin : nullptr},
                               end - begin};
          for (std::size_t i = 0; i < moments; ++i)
            update.arrays.moments[i] = state.moments[i].data() + begin;
          update.step = state.step;
          update.learning_rate = rate_of(rule) * learning_rate_factor;
          rule.update(update);
        }
      },
      optimizer);
}

}  // namespace detail

/// One step: changes the parameters by the gradients and the state, at `learning_rate_factor` times the
/// rule's rate.
///
/// **Cost** one pass over all arenas; no allocation.
/// **Errors** `StateError` where the arenas are of different networks or the state is of another rule;
/// `ConfigError` for a factor that is negative or not finite.
template <Scalar S>
void step(const Optimizer& optimizer, Arena<S>& parameters, const Arena<S>& gradients,
          OptimizerState<S>& state, double learning_rate_factor = 1) {
  const ArenaRange all{0, parameters.size()};
  detail::step<S>(optimizer, parameters, gradients, nullptr, state, learning_rate_factor, {&all, 1});
}

/// The same for some ranges of the arenas, whose gradients are zero afterwards: ready for the next backward
/// pass to add to, at no further pass over memory. What lies outside of the ranges stays.
template <Scalar S>
void step_and_clear(const Optimizer& optimizer, Arena<S>& parameters, Arena<S>& gradients,
                    OptimizerState<S>& state, double learning_rate_factor,
                    std::span<const ArenaRange> ranges) {
  detail::step(optimizer, parameters, gradients, gradients.data(), state, learning_rate_factor, ranges);
}
/// The same for the whole arenas.
template <Scalar S>
void step_and_clear(const Optimizer& optimizer, Arena<S>& parameters, Arena<S>& gradients,
                    OptimizerState<S>& state, double learning_rate_factor = 1) {
  const ArenaRange all{0, parameters.size()};
  step_and_clear(optimizer, parameters, gradients, state, learning_rate_factor, std::span(&all, 1));
}

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE std::string_view optimizer_name(const Optimizer& optimizer) {
  constexpr std::string_view names[] = {"Sgd", "Adam", "AdamW", "RmsProp"};
  constexpr std::string_view ahead[] = {"Lookahead of Sgd", "Lookahead of Adam", "Lookahead of AdamW",
                                        "Lookahead of RmsProp"};
  static_assert(std::size(names) + 1 == std::variant_size_v<Optimizer>);
  if (const auto* lookahead = std::get_if<Lookahead>(&optimizer)) return ahead[lookahead->rule.index()];
  return names[optimizer.index()];
}

#endif

}  // namespace eigenerate
