#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/identity.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/network/network.hpp"
#include "eigenerate/optim/optim.hpp"

namespace eigenerate {

/// How a network's parameters follow their gradients.
struct LearnerOptions {
  Optimizer optimizer = Adam{};
  double ema_decay = 0;  ///< of the moving average of the parameters that predictions use; 0 keeps none
};

/// What one of a learner's arenas holds.
enum class ArenaKind { parameters, buffers, moment, average };

/// A number of an arena that is not finite, in words: `generator.2.weight (Linear) is nan`; none where all
/// are. It is the first one, or that of the last layer where what comes from the output is looked for.
template <Layer L, Scalar S>
std::optional<std::string> find_non_finite(const Network<L, S>& network, const Arena<S>& arena,
                                           bool from_output = false) {
  if (kernels::all_finite(arena.data(), arena.size())) return std::nullopt;
  std::optional<std::string> found;
  for (const Segment& s : arena.segments()) {
    const S* const end = arena.data() + s.offset + s.size;
    const S* const bad = std::find_if(end - s.size, end, [](const S& value) { return !is_finite(value); });
    if (bad == end || (found && !from_output)) continue;
    found = fmt::format("{} ({}) is {}", s.name, network.kind_of(s.name), non_finite_name(*bad));
  }
  return found ? found : network.name() + " is not finite in its padding";
}

/// A network with what it needs to learn: gradients, optimiser state and, where wanted, the decay of its
/// moving average.
template <Layer L, Scalar S>
struct Learner {
  Network<L, S> network;
  Arena<S> gradients;
  Optimizer optimizer;
  OptimizerState<S> state;
  double ema_decay;
  Identity identity;  ///< by it a Trainer knows a model again

  Learner(Network<L, S> network_, const LearnerOptions& options)
      : network(std::move(network_)),
        gradients(network.parameters().like()),
        optimizer(options.optimizer),
        state(make_state(optimizer, network.parameters())),
        ema_decay(options.ema_decay),
        kept_buffers_(network.buffers().size()) {
    std::visit([](const auto& rule) { rule.validate(); }, optimizer);
    if (!(is_finite(ema_decay) && ema_decay >= 0 && ema_decay < 1))
      fail<ConfigError>("{}: ema_decay must be in [0, 1), got {}", network.name(), ema_decay);
    if (ema_decay > 0)
      network.keep_average();
    else
      network.drop_average();  // nobody would move it
  }

  /// One optimiser step; the gradients are zero afterwards.
  void step(double learning_rate_factor) {
    step_and_clear(optimizer, network.parameters(), gradients, state, learning_rate_factor);
    if (Arena<S>* average = network.average()) ema_update(*average, network.parameters(), ema_decay);
  }

  /// Calls `f(kind, name, arena)` for everything that decides how the learner goes on, `state.step` aside;
  /// the gradients are zero between steps. `name` is the optimiser's for a moment, else empty.
  template <class F>
  void for_each_arena(F&& f) {
    f(ArenaKind::parameters, std::string_view{}, network.parameters());
    f(ArenaKind::buffers, std::string_view{}, network.buffers());
    const auto names = std::visit([](const auto& rule) { return rule.moment_names(); }, optimizer);
    for (std::size_t i = 0; i < state.moments.size(); ++i)
      f(ArenaKind::moment, std::string_view(names.begin()[i]), state.moments[i]);
    if (Arena<S>* average = network.average()) f(ArenaKind::average, std::string_view{}, *average);
  }

  /// The first number of its state that is not finite, in words; none where all are.
  std::optional<std::string> find_non_finite() {
    std::optional<std::string> found;
    for_each_arena([&](ArenaKind kind, std::string_view name, const Arena<S>& arena) {
      if (found) return;
      found = eigenerate::find_non_finite(network, arena);
      if (found && kind == ArenaKind::moment) found = fmt::format("{} of {}", name, *found);
      if (found && kind == ArenaKind::average) found = "the average of " + *found;
    });
    return found;
  }

  // ---- Taking a step back

  /// Remembers the buffers, which every training pass changes.
  void remember_buffers() {
    std::copy_n(network.buffers().data(), network.buffers().size(), kept_buffers_.data());
    keeps_everything_ = false;
  }
  /// Remembers all that a step changes besides; allocates when it is called for the first time.
  void remember_everything() {
    std::size_t next = 0;
    for_each_arena([&](ArenaKind, std::string_view, const Arena<S>& arena) {
      if (next == kept_.size()) kept_.emplace_back(arena.size());
      std::copy_n(arena.data(), arena.size(), kept_[next++].data());
    });
    kept_step_ = state.step;
    keeps_everything_ = true;
  }
  /// Puts back what was remembered, and clears the gradients.
  void undo() noexcept {
    gradients.set_zero();
    if (keeps_everything_) {
      std::size_t next = 0;
      for_each_arena([&](ArenaKind, std::string_view, Arena<S>& arena) {
        std::copy_n(kept_[next++].data(), arena.size(), arena.data());
      });
      state.step = kept_step_;
    }
    std::copy_n(kept_buffers_.data(), network.buffers().size(), network.buffers().data());
  }

 private:
  AlignedArray<S> kept_buffers_;
  std::vector<AlignedArray<S>> kept_;
  std::uint64_t kept_step_ = 0;
  bool keeps_everything_ = false;
};

/// Bounds on the gradients before a step; zero means no bound.
struct GradientClipping {
  double value = 0;  ///< of every component
  double norm = 0;   ///< of all gradients of the step together

  /// Throws `ConfigError` for bounds below zero; infinity is no bound either.
  void validate() const {
    if (is_nan(value) || is_nan(norm) || value < 0 || norm < 0)
      fail<ConfigError>("GradientClipping: expected value and norm >= 0, got {} and {}", value, norm);
  }
};

/// Clips the gradients of networks that learn from one loss together, then steps each. The learners are named
/// from the loss backwards.
///
/// **Errors** `DivergenceError` naming network, layer, parameter and step where the loss or a gradient is
/// not finite, of all gradients the one closest to the loss; no learner has changed then.
template <class... Learners>
void update(const StepContext& context, const GradientClipping& clipping, double loss,
            Learners&... learners) {
  const auto check = [&](const auto& learner) {
    if (const auto found = find_non_finite(learner.network, learner.gradients, true))
      fail<DivergenceError>("the gradient of {} in step {}", *found, context.step + 1);
    if (!is_finite(loss))
      fail<DivergenceError>("the loss of {} is {} in step {}", learner.network.name(), non_finite_name(loss),
                            context.step + 1);
  };
  (check(learners), ...);
  if (clipping.value > 0) (clip_by_value(learners.gradients, clipping.value), ...);
  if (clipping.norm > 0) clip_by_global_norm({&learners.gradients...}, clipping.norm);
  (learners.step(context.learning_rate_factor), ...);
}

}  // namespace eigenerate
