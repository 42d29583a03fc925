#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/object_identity.hpp"
#include "eigenerate/network/network.hpp"
#include "eigenerate/optim/clipping.hpp"
#include "eigenerate/optim/ema.hpp"
#include "eigenerate/optim/optimizer.hpp"
#include "eigenerate/optim/step_context.hpp"

namespace eigenerate {

/// How a network's parameters follow their gradients.
struct LearnerOptions {
  Optimizer optimizer = Adam{};
  double ema_decay = 0;      ///< of the moving average of the parameters that predictions use; 0 keeps none
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  /// No step leaves a parameter outside of ±this, buffers aside; 0: no limit. The weight clipping of the
  /// original Wasserstein critic (Arjovsky et al. 2017, algorithm 1, line 7: 0.01), which keeps it Lipschitz.
  double weight_limit = 0;
};

/// What one of a learner's arenas holds.
enum class ArenaKind { parameters, buffers, moment, average, memory };

/// A number of an arena that is not finite, in words: `generator.2.weight (Linear) is nan`; none where all
/// are. It is the first one, or that of the last layer where what comes from the output is looked for.
/// Tensors of no `network` are of no layer.
template <Scalar S>
std::optional<std::string> find_non_finite(const Network<S>* network, const Arena<S>& arena,
                                           bool from_output = false) {
  if (kernels::all_finite(arena.data(), arena.size())) return std::nullopt;
  std::optional<std::string> found;
  for (const Segment& s : arena.segments()) {
    const S* const end = arena.data() + s.offset + s.size;
    const S* const bad = std::find_if(end - s.size, end, [](const S& value) { return !is_finite(value); });
    if (bad == end || (found && !from_output)) continue;
    const std::string layer = network ? " (" + network->kind_of(s.name) + ")" : "";
    found = s.name + layer + " is " + std::string(non_finite_name(*bad));
  }
  return found ? found : arena.segments().front().name + " or what is behind it is not finite in its padding";
}

/// A network with what it needs to learn: gradients, optimiser state and, where wanted, the decay of its
/// moving average and a memory. Whatever has trainable parameters is one; what it learns from, it does not
/// know.
template <Scalar S>
struct Learner {
  Network<S> network;
  Arena<S> gradients;
  Optimizer optimizer;
  OptimizerState<S> state;
  double ema_decay;
  bool ema_warm_up;
  double weight_limit;
  /// What else decides how it goes on, under names of its own, for whoever trains it: samples of earlier
  /// steps. Predictions and weight files know nothing of it.
  std::optional<Arena<S>> memory{};
  ObjectIdentity identity;  ///< by it a Trainer knows a model again

  Learner(Network<S> network_, const LearnerOptions& options);

  /// One optimiser step of the parameters that are not frozen; the gradients are zero afterwards.
  void step(double learning_rate_factor);

  /// Calls `f(kind, name, arena)` for everything that decides how the learner goes on, `state.step` aside;
  /// the gradients are zero between steps. `name` is the optimiser's for a moment, else empty.
  template <class F>
  void for_each_arena(F&& f) {
    visit_arenas(*this, f);
  }
  template <class F>
  void for_each_arena(F&& f) const {
    visit_arenas(*this, f);
  }

  /// The first number of its state that is not finite, in words; none where all are.
  std::optional<std::string> find_non_finite() const;

 private:
  template <class Self, class F>
  static void visit_arenas(Self& self, F& f) {
    f(ArenaKind::parameters, std::string_view{}, self.network.parameters());
    f(ArenaKind::buffers, std::string_view{}, self.network.buffers());
    const auto names = std::visit([](const auto& rule) { return rule.moment_names(); }, self.optimizer);
    for (std::size_t i = 0; i < self.state.moments.size(); ++i)
      f(ArenaKind::moment, std::string_view(names.begin()[i]), self.state.moments[i]);
    if (auto* average = self.network.average()) f(ArenaKind::average, std::string_view{}, *average);
    if (self.memory) f(ArenaKind::memory, std::string_view{}, *self.memory);
  }
};

/// The learners of a model, as functions take them: a view of pointers.
template <Scalar S>
using Learners = std::span<Learner<S>* const>;
template <Scalar S>
using ConstLearners = std::span<const Learner<S>* const>;

/// The first number of the learners' state that is not finite, in words; none where all are.
template <Scalar S>
std::optional<std::string> find_non_finite(ConstLearners<S> learners) {
  for (const Learner<S>* learner : learners)
    if (auto found = learner->find_non_finite()) return found;
  return std::nullopt;
}

/// Bounds on the gradients before a step; zero means no bound.
struct GradientClipping {
  double value = 0;  ///< of every component
  double norm = 0;   ///< of all gradients of the step together

  /// Throws `ConfigError` for bounds below zero; infinity is no bound either.
  void validate() const;
};

/// Clips the gradients of networks that learn from one loss together, then steps each. The learners are named
/// from the loss backwards. Frozen parameters count for nothing and stay.
///
/// **Errors** `DivergenceError` naming network, layer, parameter and step where the loss or a gradient is
/// not finite, of all gradients the one closest to the loss; no learner has changed then.
template <Scalar S>
void update(const StepContext& context, const GradientClipping& clipping, double loss,
            std::type_identity_t<Learners<S>> learners) {
  for (Learner<S>* learner : learners) {
    if (const auto found = find_non_finite(&learner->network, learner->gradients, true))
      fail<DivergenceError>("the gradient of {} in step {}", *found, context.step + 1);
    if (!is_finite(loss))
      fail<DivergenceError>("the loss of {} is {} in step {}", learner->network.name(), non_finite_name(loss),
                            context.step + 1);
  }
  for (Learner<S>* learner : learners) {
    learner->network.clear_frozen(learner->gradients);
    if (clipping.value > 0) clip_by_value(learner->gradients, clipping.value);
  }
  if (clipping.norm > 0) {
    double squares = 0;
    for (Learner<S>* learner : learners)
      squares += kernels::sum_of_squares(learner->gradients.data(), learner->gradients.size());
    for (Learner<S>* learner : learners) scale_to_norm(learner->gradients, std::sqrt(squares), clipping.norm);
  }
  for (Learner<S>* learner : learners) learner->step(context.learning_rate_factor);
}

#if EIGENERATE_DEFINES(OPTIM)

template <Scalar S>
Learner<S>::Learner(Network<S> network_, const LearnerOptions& options)
    : network(std::move(network_)),
      gradients(network.parameters().like()),
      optimizer(options.optimizer),
      state(make_state(optimizer, network.parameters())),
      ema_decay(options.ema_decay),
      ema_warm_up(options.ema_warm_up),
      weight_limit(options.weight_limit) {
  std::visit([](const auto& rule) { rule.validate(); }, optimizer);
  if (!(is_finite(ema_decay) && ema_decay >= 0 && ema_decay < 1))
    fail<ConfigError>("{}: ema_decay must be in [0, 1), got {}", network.name(), ema_decay);
  if (!(is_finite(weight_limit) && weight_limit >= 0))
    fail<ConfigError>("{}: weight_limit must be >= 0 and finite, got {}", network.name(), weight_limit);
  if (ema_decay > 0)
    network.keep_average();
  else
    network.drop_average();  // nobody would move it
}

template <Scalar S>
void Learner<S>::step(double learning_rate_factor) {
  step_and_clear(optimizer, network.parameters(), gradients, state, learning_rate_factor, network.trained());
  if (weight_limit > 0) clamp_parameters(network.parameters(), weight_limit, network.trained());
  if (Arena<S>* average = network.average())
    ema_update(*average, network.parameters(),
               ema_warm_up ? warmed_up_decay(ema_decay, state.step - 1) : ema_decay);
}

template <Scalar S>
std::optional<std::string> Learner<S>::find_non_finite() const {
  std::optional<std::string> found;
  for_each_arena([&](ArenaKind kind, std::string_view name, const Arena<S>& arena) {
    if (found) return;
    found = eigenerate::find_non_finite(kind == ArenaKind::memory ? nullptr : &network, arena);
    if (found && kind == ArenaKind::moment) found = format_message("{} of {}", name, *found);
    if (found && kind == ArenaKind::average) found = "the average of " + *found;
  });
  return found;
}

EIGENERATE_INLINE void GradientClipping::validate() const {
  if (is_nan(value) || is_nan(norm) || value < 0 || norm < 0)
    fail<ConfigError>("GradientClipping: expected value and norm >= 0, got {} and {}", value, norm);
}

EIGENERATE_INSTANTIATE_STRUCT(Learner)

#endif

}  // namespace eigenerate
