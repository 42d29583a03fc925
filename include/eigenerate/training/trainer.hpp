#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "eigenerate/models/model.hpp"
#include "eigenerate/training/callback_hooks.hpp"
#include "eigenerate/training/detail/fit_hooks.hpp"
#include "eigenerate/training/detail/fit_loop.hpp"
#include "eigenerate/training/detail/run_ledger.hpp"
#include "eigenerate/training/trainer_options.hpp"

namespace eigenerate {

/// The loop around any model: epochs, shuffled batches, schedule, evaluation, callbacks, resumption and a
/// divergence guard.
///
/// Callbacks are values with any of these hooks, called in the order of the arguments:
/// - `on_fit_begin(const FitPlan&, model, StopRequest&)`, `on_step_end(const StepRecord&, model,
///   StopRequest&)`, `on_epoch_end(const EpochRecord&, model, StopRequest&)`, `on_fit_end(const FitResult&,
///   model, StopRequest&)`;
/// - `on_warning(const Warning&, model, StopRequest&)`: what the model's `setup_warnings` finds before the
///   first
///   step, skipped steps, rollbacks, and after each epoch what its `health` finds;
/// - `on_evaluate(const EpochRecord&, model, StepMetrics&)` and `measured_figures() const`: what the callback
///   measures of the model, for the epoch's record, before `on_epoch_end`: after each epoch whose number
///   `evaluate_every` divides, and after the last one, all that it has announced or nothing. The names are
///   known before the fit, so that others may follow one of them;
/// - `on_resume(const FitPlan&, RunState&, model)`, before all others where a run begins: puts an earlier
///   run's state into the last two;
/// - `wants_state(const FitPlan&, const RunState&, const StopRequest&)` and `on_state(const FitPlan&, const
///   RunState&, model)`: after steps and epochs, what a resumption will need;
/// - `save_state(CallbackNumbers&)` and `load_state(const CallbackNumbers&)`: what the callback itself
///   remembers of a run from one fit to the next and across a resumption; loaded before `on_fit_begin`, and
///   empty where a run begins;
/// - `on_fit_failed()`: the fit ends with an exception. A member of one of these names that cannot be called
///   so, and a name that looks like a misspelled one, are refused at compile time: see `CallbackContract`.
///
/// The Trainer itself never prints.
///
/// A second `fit` of the same model goes on with its run: with steps, epochs, noise, schedule, the
/// learning-rate scale of rollbacks and what callbacks remember, in the middle of an epoch where a callback
/// stopped it there or an exception ended it. Each call asks for `TrainerOptions::epochs` more, so forty fits
/// of one epoch leave the bits of one fit of forty, and a program killed in one of them goes on with the same
/// bits when it is started again and a callback resumes: a fit whose epochs the run has already had has
/// nothing to do. With another training set the run goes on all the same, without what it had of an
/// unfinished epoch. A schedule that knows its end (`CosineSchedule`) takes the epochs asked for so far for
/// the whole, so every fit runs to that end: one such schedule is one fit. `restart()` begins anew.
///
/// A model is known again by its first learner's `ObjectIdentity`: a moved one goes on; a copy is another
/// model, and so is what stands at the same address later. A model without such a learner begins anew at each
/// fit.
///
/// With `TrainerOptions::accumulate` a step learns from several batches and has the numbers of one batch as
/// large as all of them, but for layers that couple samples or draw noise (batch norm, dropout) and penalties
/// on random points, which have one batch at a time. There is no state within a step: whatever stops a fit
/// does so between two optimiser steps. An epoch's last step has the samples that are left.
///
/// With `TrainerOptions::max_seconds` a fit ends after the step in which its time passes them, in the middle
/// of an epoch as a callback would end it; an epoch whose last step it was is evaluated. Each fit has as many
/// seconds anew. A resumed fit, known by the epochs that its run has been asked for, has those that it had
/// not used; one before it in the run is over. `FitResult::stop_reason` is then `FitResult::out_of_time`.
///
/// A number that is not finite is met as `TrainerOptions::non_finite` says. `SkipStep` gives up after
/// `max_skipped_in_a_row` steps, `Rollback` at the fourth divergence of a run; the good state of a rollback
/// is the end of the last epoch, or the beginning of this fit.
///
/// **Errors** before the first step: `ConfigError` for options out of range, for a last batch that is too
/// small for a network (naming the layer), for labels that the model has no class for, and for
/// `evaluate_every` without a held-out set; whatever forbids to evaluate the first batch. Later:
/// `DivergenceError` naming epoch, step, network, layer and the last finite loss.
template <class... Callbacks>
class Trainer {
 public:
  static constexpr Index max_skipped_in_a_row = detail::max_skipped_in_a_row;
  static constexpr Index max_rollbacks = detail::max_rollbacks;

  explicit Trainer(TrainerOptions options, Callbacks... callbacks)
      : options_(std::move(options)), callbacks_(std::move(callbacks)...) {
    options_.validate();
  }

  const TrainerOptions& options() const { return options_; }
  /// The callback of that type.
  template <class C>
  C& callback() {
    return std::get<C>(callbacks_);
  }

  /// Trains on `train`.
  template <Model M>
  FitResult fit(M& model, const Dataset& train) {
    return run(model, train, nullptr);
  }
  /// Trains on `train` and evaluates on `held_out`.
  template <Model M>
  FitResult fit(M& model, const Dataset& train, const Dataset& held_out) {
    return run(model, train, &held_out);
  }

  /// Forgets all runs: every model begins anew at its next fit, with its present weights, and nothing is
  /// resumed.
  void restart() {
    ledger_.clear();
    resumes_ = false;
  }

 private:
  template <Model M>
  FitResult run(M& model, const Dataset& train, const Dataset* held_out) {
    static_assert((CallbackContract<Callbacks, M>::kept && ...));
    const auto hooks = std::apply(
        [](auto&... c) {
          return std::array<detail::HooksPointer<M>, sizeof...(c)>{detail::hooks_of<M>(c)...};
        },
        callbacks_);
    return detail::run_fit<M>(model, train, held_out, options_, hooks, ledger_, resumes_);
  }

  TrainerOptions options_;
  std::tuple<Callbacks...> callbacks_;
  RunLedger ledger_;
  bool resumes_ = true;
};

}  // namespace eigenerate
