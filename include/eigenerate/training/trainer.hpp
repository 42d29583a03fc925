#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/data/batches.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/training/callback_hooks.hpp"
#include "eigenerate/training/detail/first_look.hpp"
#include "eigenerate/training/detail/run_ledger.hpp"
#include "eigenerate/training/evaluate.hpp"
#include "eigenerate/training/non_finite_policy.hpp"
#include "eigenerate/training/records.hpp"
#include "eigenerate/training/run_state.hpp"
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
///   `evaluate_every` divides, and after the last one. The names are known before the fit, so that others may
///   follow one of them;
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
  static constexpr Index max_skipped_in_a_row = 10;
  static constexpr Index max_rollbacks = 3;

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
  /// What one fit works with.
  template <Model M>
  struct Fit {
    using S = typename M::scalar_type;
    M& model;
    Batches<S> train;
    std::optional<Batches<S>> held_out = {};
    FitPlan plan = {};
    bool begins_run = true;
    Run run = {};
    StopRequest stop = {};
    Snapshot good_model = {};  // for rollbacks
    RunState good_state = {};
  };

  template <class C, class M>
  static constexpr bool hears_warnings = detail::calls_on_warning<C, M>;

  template <Model M>
  FitResult run(M& model, const Dataset& train, const Dataset* held_out) {
    static_assert((CallbackContract<Callbacks, M>::kept && ...));
    Fit<M> fit = begin(model, train, held_out);
    RunState& state = fit.run.state;
    const FitPlan& plan = fit.plan;
    if (fit.begins_run && resumes_)
      for_each_callback([&](auto& c) {
        if constexpr (requires { c.on_resume(plan, state, model); }) c.on_resume(plan, state, model);
      });
    const bool something_left = begin_fit(fit.run, fit.plan);
    bool has_begun = false;
    try {
      for_each_callback([&](auto& c) {
        if constexpr (requires { c.load_state(std::as_const(state.callbacks)); })
          c.load_state(std::as_const(state.callbacks));
        if constexpr (requires { c.on_fit_begin(plan, model, fit.stop); })
          c.on_fit_begin(plan, model, fit.stop);
      });
      has_begun = true;
      if (fit.begins_run) warn_of_setup(fit);
      remember_good_state(fit);
      if (something_left) stop_out_of_time(fit);
      while (something_left && state.epoch < fit.plan.epochs && !fit.stop.requested()) {
        train_epoch(fit);
        if (!fit.stop.requested()) finish_epoch(fit);
      }
      const FitResult result{.epochs = state.epoch,
                             .steps = state.step,
                             .skipped_steps = state.skipped_steps,
                             .rollbacks = state.rollbacks,
                             .stopped = fit.stop.requested(),
                             .stop_reason = fit.stop.reason(),
                             .last_epoch = state.last_epoch};
      for_each_callback([&](auto& c) {
        if constexpr (requires { c.on_fit_end(result, model, fit.stop); })
          c.on_fit_end(result, model, fit.stop);
      });
      leave(fit);
      return result;
    } catch (...) {
      for_each_callback([](auto& c) {
        if constexpr (requires { c.on_fit_failed(); }) c.on_fit_failed();
      });
      if (has_begun) leave(fit);
      throw;
    }
  }

  /// Writes down where the next fit of this model goes on.
  template <Model M>
  void leave(Fit<M>& fit) {
    collect_callback_numbers(fit.run.state);
    ledger_.keep(fit.model, std::move(fit.run));
  }

  template <Model M>
  Fit<M> begin(M& model, const Dataset& train, const Dataset* held_out) const {
    using S = typename M::scalar_type;
    if (held_out && held_out->sample_shape().size() != train.sample_shape().size())
      fail<ShapeError>("Trainer: the training samples have shape {}, those held out {}",
                       to_string(train.sample_shape()), to_string(held_out->sample_shape()));
    require_data(model, train);
    if (held_out) require_data(model, *held_out);
    const std::vector<MetricName> measured = measured_figures();
    if (!held_out && measured.empty() && options_.evaluate_every != 1)
      fail<ConfigError>("Trainer: evaluate_every is {}, but fit was given no held-out dataset to evaluate",
                        options_.evaluate_every);
    Fit<M> fit{
        .model = model,
        .train = Batches<S>(train, {.batch_size = capped_product(options_.batch_size, options_.accumulate),
                                    .seed = options_.seed,
                                    .drop_last = options_.drop_last})};
    require_large_batches<S>(std::as_const(model).learners(), fit.train, options_.batch_size);
    if (held_out)
      fit.held_out.emplace(*held_out, BatchOptions{.batch_size = options_.batch_size,
                                                   .seed = options_.seed,
                                                   .order = BatchOrder::sequential});
    const Run* const known = ledger_.find(model);
    if (known) fit.run = *known;
    fit.begins_run = !known;
    const Index asked = fit.run.epochs_asked;
    if (asked > std::numeric_limits<std::int32_t>::max() - options_.epochs)
      fail<ConfigError>("Trainer: {} epochs after {} are more than it can count", options_.epochs, asked);
    prepare_memory(model, options_, fit.train.max_batch(), held_out ? fit.held_out->max_batch() : Index{1});
    fit.plan = {.sample_shape = train.sample_shape(),
                .value_range = train.value_range(),
                .train_samples = train.size(),
                .held_out_samples = held_out ? held_out->size() : 0,
                .epochs = options_.epochs + asked,
                .max_seconds = options_.max_seconds,
                .batch_size = options_.batch_size,
                .accumulate = options_.accumulate,
                .steps_per_epoch = fit.train.batches_per_epoch(),
                .seed = options_.seed,
                .schedule = options_.schedule,
                .data_fingerprint = train.fingerprint(),
                .judged_by = (held_out ? *held_out : train).fingerprint(),
                .figures = figures_of(model, first_part(held_out ? *fit.held_out : fit.train), options_.seed),
                .measured = measured,
                .best_figure = best_figure(model)};
    if (fit.plan.best_figure) fit.plan.require_figure(fit.plan.best_figure->view(), "Trainer");
    std::vector<MetricName> all = fit.plan.figures;
    all.insert(all.end(), measured.begin(), measured.end());
    require_room(all, "the figures of an evaluation and of callbacks");
    return fit;
  }

  /// As much of an epoch's first batch as passes through the networks at a time.
  template <Scalar S>
  Batch<S> first_part(Batches<S>& batches, Index epoch = 0) const {
    return BatchParts<S>(batches.batch(epoch, 0), options_.batch_size)[0].batch;
  }

  /// The rest of the present epoch, or a part of it when a callback stops it.
  template <Model M>
  void train_epoch(Fit<M>& fit) {
    using Clock = std::chrono::steady_clock;
    RunState& state = fit.run.state;
    while (state.batch < fit.plan.steps_per_epoch && !fit.stop.requested()) {
      const auto begin = Clock::now();
      const auto batch = fit.train.batch(state.epoch, state.batch);
      const StepContext context{
          .step = state.step,
          .seed = state.noise_seed(options_.seed),
          .learning_rate_factor = state.learning_rate_scale * fit.plan.learning_rate_factor(state.step),
          .progress = fit.plan.progress(state.step),
          .part_size = options_.accumulate > 1 ? options_.batch_size : 0,
          .undoable = options_.non_finite == NonFinitePolicy::SkipStep};
      const auto seconds = [&] {
        const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
        state.fit_seconds += spent;
        return spent;
      };
      StepMetrics metrics;
      try {
        metrics = fit.model.train_step(batch, context);
        require_finite(metrics, "");
      } catch (const DivergenceError& error) {
        seconds();
        recover(fit, divergence_cause(fit.model, batch, error.what()), true);
        continue;
      }
      state.epoch_seconds += seconds();
      const StepRecord record{state.epoch, state.batch, ++state.step, metrics};
      ++state.batch;
      state.skipped_in_a_row = 0;
      state.last_finite_loss = metrics["loss"];
      state.epoch_samples += batch.size();
      state.epoch_mean.average_in(metrics, static_cast<double>(batch.size()));
      for_each_callback([&](auto& c) {
        if constexpr (requires { c.on_step_end(record, fit.model, fit.stop); })
          c.on_step_end(record, fit.model, fit.stop);
      });
      if (state.batch < fit.plan.steps_per_epoch) stop_out_of_time(fit);
      offer_state(fit);
    }
  }

  /// Stops a fit that has had its time, and one that is before the present one in a resumed run.
  template <Model M>
  void stop_out_of_time(Fit<M>& fit) const {
    const RunState& state = fit.run.state;
    if (fit.plan.max_seconds > 0 &&
        (state.fit_seconds >= fit.plan.max_seconds || fit.plan.epochs < state.fit_epochs))
      fit.stop.stop(FitResult::out_of_time);
  }

  /// Evaluates a complete epoch and tells the callbacks.
  template <Model M>
  void finish_epoch(Fit<M>& fit) {
    RunState& state = fit.run.state;
    if (state.epoch_samples == 0) return recover(fit, "every step of the epoch was skipped", false);
    EpochRecord record{.epoch = state.epoch + 1,
                       .step = state.step,
                       .train = state.epoch_mean,
                       .train_seconds = state.epoch_seconds};
    if (state.epoch_seconds > 0)
      record.images_per_second = static_cast<double>(state.epoch_samples) / state.epoch_seconds;
    try {
      if (const auto found = find_non_finite(fit.model)) fail<DivergenceError>("{}", *found);
      if (record.epoch % options_.evaluate_every == 0 || record.epoch == fit.plan.epochs) {
        if (fit.held_out)
          record.held_out = evaluate(fit.model, *fit.held_out, options_.seed, fit.plan.progress(state.step));
        if (record.held_out) require_finite(*record.held_out, "held-out ");
        record.measured = measure(fit, record);
        require_finite(record.measured, "measured ");
      }
    } catch (const DivergenceError& error) {
      return recover(fit, error.what(), false);
    }
    ++state.epoch;
    state.begin_epoch();
    state.last_epoch = record;
    warn_of_health(fit);
    for_each_callback([&](auto& c) {
      if constexpr (requires { c.on_epoch_end(record, fit.model, fit.stop); })
        c.on_epoch_end(record, fit.model, fit.stop);
    });
    if (state.epoch < fit.plan.epochs) stop_out_of_time(fit);
    offer_state(fit);
    remember_good_state(fit);
  }

  // ---- What callbacks measure

  std::vector<MetricName> measured_figures() const {
    std::vector<MetricName> all;
    const auto add = [&](const auto& c) {
      if constexpr (requires { c.measured_figures(); }) {
        const std::vector<MetricName> names(c.measured_figures());
        all.insert(all.end(), names.begin(), names.end());
      }
    };
    std::apply([&](const auto&... callback) { (add(callback), ...); }, callbacks_);
    return all;
  }

  /// The figures that callbacks measure of the model after an epoch: those that they have announced.
  template <Model M>
  StepMetrics measure(Fit<M>& fit, const EpochRecord& record) {
    StepMetrics all;
    for_each_callback([&](auto& c) { add_measured(all, c, record, fit.model); });
    return all;
  }

  // ---- Saving what a resumption needs

  /// Hands the state to the callbacks that want it now. A model that is not finite any more is never handed
  /// out.
  template <Model M>
  void offer_state(Fit<M>& fit) {
    bool checked = false;
    const FitPlan& plan = fit.plan;
    const RunState& state = fit.run.state;
    const StopRequest& stop = fit.stop;
    for_each_callback([&](auto& c) {
      if constexpr (requires { c.on_state(plan, state, fit.model); }) {
        if (!c.wants_state(plan, state, stop)) return;
        if (const auto found = checked ? std::nullopt : find_non_finite(fit.model))
          return recover(fit, *found, false);
        checked = true;
        collect_callback_numbers(fit.run.state);
        c.on_state(plan, state, fit.model);
      }
    });
  }

  void collect_callback_numbers(RunState& state) {
    state.callbacks.clear();
    for_each_callback([&](auto& c) {
      if constexpr (requires { c.save_state(state.callbacks); }) c.save_state(state.callbacks);
    });
  }

  // ---- Divergence

  template <Model M>
  void remember_good_state(Fit<M>& fit) {
    if (options_.non_finite != NonFinitePolicy::Rollback) return;
    fit.good_model = Snapshot(fit.model, SnapshotScope::everything);
    fit.good_state = fit.run.state;
  }

  /// Does what the policy says about a number that is not finite: returns with a state to go on from, or
  /// throws. Only a step can be skipped, not what stands in the model after it.
  template <Model M>
  void recover(Fit<M>& fit, const std::string& cause, bool can_skip) {
    RunState& state = fit.run.state;
    const std::string what =
        fmt::format("training diverged in epoch {}, step {}: {}; the last finite loss was {}",
                    state.epoch + 1, state.step + (can_skip ? 1 : 0), cause,
                    state.last_finite_loss ? fmt::format("{}", *state.last_finite_loss) : "not known yet");
    const char* const advice = "Lower the learning rate or clip the gradients";
    if (options_.non_finite == NonFinitePolicy::SkipStep && can_skip) {
      if (++state.skipped_in_a_row > max_skipped_in_a_row)
        fail<DivergenceError>("{}. {} steps in a row were skipped before it. {}", what, max_skipped_in_a_row,
                              advice);
      warn(fit, {WarningKind::skipped_step, what + "; the step was skipped"});
      ++state.skipped_steps;
      ++state.step;
      ++state.batch;
      return;
    }
    if (options_.non_finite == NonFinitePolicy::Rollback) {
      if (state.rollbacks == max_rollbacks)
        fail<DivergenceError>("{}. Training was rolled back {} times before. {}", what, max_rollbacks,
                              advice);
      const Index rollbacks = state.rollbacks + 1;
      const double scale = state.learning_rate_scale / 2, seconds = state.fit_seconds;
      fit.good_model.restore(fit.model);
      state = fit.good_state;
      state.rollbacks = rollbacks;
      state.learning_rate_scale = scale;
      state.fit_seconds = seconds;
      return warn(
          fit, {WarningKind::rolled_back,
                fmt::format("{}; back to step {} with {} times the learning rate", what, state.step, scale)});
    }
    fail<DivergenceError>("{}. {}", what, advice);
  }

  template <Model M>
  void warn(Fit<M>& fit, Warning found) {
    found.epoch = fit.run.state.epoch;
    found.step = fit.run.state.step;
    const Warning& warning = found;
    for_each_callback([&](auto& c) {
      if constexpr (requires { c.on_warning(warning, fit.model, fit.stop); })
        c.on_warning(warning, fit.model, fit.stop);
    });
  }

  /// Passes on what the model finds wrong with its parts and the data, where somebody listens.
  template <Model M>
  void warn_of_setup(Fit<M>& fit) {
    const auto batch = [&] { return first_part(fit.train); };
    if constexpr ((hears_warnings<Callbacks, M> || ...) &&
                  requires { fit.model.setup_warnings(batch(), fit.plan.value_range); })
      for (Warning& warning : fit.model.setup_warnings(batch(), fit.plan.value_range))
        warn(fit, std::move(warning));
  }

  /// Passes on what the model finds wrong with itself, where somebody listens.
  template <Model M>
  void warn_of_health(Fit<M>& fit) {
    const auto batch = [&] { return first_part(fit.train, fit.run.state.epoch - 1); };
    const StepContext context{
        .step = fit.run.state.step, .seed = options_.seed, .progress = fit.plan.progress(fit.run.state.step)};
    if constexpr ((hears_warnings<Callbacks, M> || ...) && requires { fit.model.health(batch(), context); })
      for (Warning& warning : fit.model.health(batch(), context)) warn(fit, std::move(warning));
  }

  template <class F>
  void for_each_callback(F&& f) {
    std::apply([&](auto&... callback) { (f(callback), ...); }, callbacks_);
  }

  TrainerOptions options_;
  std::tuple<Callbacks...> callbacks_;
  RunLedger ledger_;
  bool resumes_ = true;
};

}  // namespace eigenerate
