#pragma once
// The loop of a fit. It knows the type of the model and no callback's, so that it is compiled once for each
// model.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/data/batches.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/training/detail/first_look.hpp"
#include "eigenerate/training/detail/fit_hooks.hpp"
#include "eigenerate/training/detail/run_ledger.hpp"
#include "eigenerate/training/evaluate.hpp"
#include "eigenerate/training/non_finite_policy.hpp"
#include "eigenerate/training/records.hpp"
#include "eigenerate/training/run_state.hpp"
#include "eigenerate/training/trainer_options.hpp"

namespace eigenerate::detail {

/// Steps in a row that `NonFinitePolicy::SkipStep` leaves out before it gives up, and how often
/// `NonFinitePolicy::Rollback` goes back.
inline constexpr Index max_skipped_in_a_row = 10, max_rollbacks = 3;

template <Model M>
class FitLoop {
  using S = typename M::scalar_type;

 public:
  FitLoop(const TrainerOptions& options, std::span<const HooksPointer<M>> callbacks, RunLedger& ledger,
          bool resumes)
      : options_(options), callbacks_(callbacks), ledger_(ledger), resumes_(resumes) {}

  FitResult run(M& model, const Dataset& train, const Dataset* held_out) {
    Fit fit = begin(model, train, held_out);
    RunState& state = fit.run.state;
    const FitPlan& plan = fit.plan;
    if (fit.begins_run && resumes_)
      for (auto& callback : callbacks_) callback->on_resume(plan, state, model);
    const bool something_left = begin_fit(fit.run, fit.plan);
    bool has_begun = false;
    try {
      for (auto& callback : callbacks_) {
        callback->load_state(state.callbacks);
        callback->on_fit_begin(plan, model, fit.stop);
      }
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
      for (auto& callback : callbacks_) callback->on_fit_end(result, model, fit.stop);
      leave(fit);
      return result;
    } catch (...) {
      for (auto& callback : callbacks_) callback->on_fit_failed();
      if (has_begun) leave(fit);
      throw;
    }
  }

 private:
  /// What one fit works with.
  struct Fit {
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

  /// Writes down where the next fit of this model goes on.
  void leave(Fit& fit) {
    collect_callback_numbers(fit.run.state);
    ledger_.keep(fit.model, std::move(fit.run));
  }

  Fit begin(M& model, const Dataset& train, const Dataset* held_out) const {
    if (held_out && held_out->sample_shape().size() != train.sample_shape().size())
      fail<ShapeError>("Trainer: the training samples have shape {}, those held out {}",
                       to_string(train.sample_shape()), to_string(held_out->sample_shape()));
    require_data(model, train);
    if (held_out) require_data(model, *held_out);
    const std::vector<MetricName> measured = measured_figures();
    if (!held_out && measured.empty() && options_.evaluate_every != 1)
      fail<ConfigError>("Trainer: evaluate_every is {}, but fit was given no held-out dataset to evaluate",
                        options_.evaluate_every);
    Fit fit{
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
  Batch<S> first_part(Batches<S>& batches, Index epoch = 0) const {
    return BatchParts<S>(batches.batch(epoch, 0), options_.batch_size)[0].batch;
  }

  /// The rest of the present epoch, or a part of it when a callback stops it.
  void train_epoch(Fit& fit) {
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
      for (auto& callback : callbacks_) callback->on_step_end(record, fit.model, fit.stop);
      if (state.batch < fit.plan.steps_per_epoch) stop_out_of_time(fit);
      offer_state(fit);
    }
  }

  /// Stops a fit that has had its time, and one that is before the present one in a resumed run.
  void stop_out_of_time(Fit& fit) const {
    const RunState& state = fit.run.state;
    if (fit.plan.max_seconds > 0 &&
        (state.fit_seconds >= fit.plan.max_seconds || fit.plan.epochs < state.fit_epochs))
      fit.stop.stop(FitResult::out_of_time);
  }

  /// Evaluates a complete epoch and tells the callbacks.
  void finish_epoch(Fit& fit) {
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
    for (auto& callback : callbacks_) callback->on_epoch_end(record, fit.model, fit.stop);
    if (state.epoch < fit.plan.epochs) stop_out_of_time(fit);
    offer_state(fit);
    remember_good_state(fit);
  }

  // ---- What callbacks measure

  std::vector<MetricName> measured_figures() const {
    std::vector<MetricName> all;
    for (const auto& callback : callbacks_) {
      const std::vector<MetricName> names = callback->measured_figures();
      all.insert(all.end(), names.begin(), names.end());
    }
    return all;
  }

  /// The figures that callbacks measure of the model after an epoch: those that they have announced.
  StepMetrics measure(Fit& fit, const EpochRecord& record) {
    StepMetrics all;
    for (auto& callback : callbacks_) callback->measure(all, record, fit.model);
    return all;
  }

  // ---- Saving what a resumption needs

  /// Hands the state to the callbacks that want it now. A model that is not finite any more is never handed
  /// out.
  void offer_state(Fit& fit) {
    bool checked = false;
    const FitPlan& plan = fit.plan;
    const RunState& state = fit.run.state;
    const StopRequest& stop = fit.stop;
    for (auto& callback : callbacks_) {
      if (!callback->wants_state(plan, state, stop)) continue;
      if (const auto found = checked ? std::nullopt : find_non_finite(fit.model)) {
        recover(fit, *found, false);
        continue;
      }
      checked = true;
      collect_callback_numbers(fit.run.state);
      callback->on_state(plan, state, fit.model);
    }
  }

  void collect_callback_numbers(RunState& state) {
    state.callbacks.clear();
    for (const auto& callback : callbacks_) callback->save_state(state.callbacks);
  }

  // ---- Divergence

  void remember_good_state(Fit& fit) {
    if (options_.non_finite != NonFinitePolicy::Rollback) return;
    fit.good_model = Snapshot(fit.model, SnapshotScope::everything);
    fit.good_state = fit.run.state;
  }

  /// Does what the policy says about a number that is not finite: returns with a state to go on from, or
  /// throws. Only a step can be skipped, not what stands in the model after it.
  void recover(Fit& fit, const std::string& cause, bool can_skip) {
    RunState& state = fit.run.state;
    const std::string what = format_message(
        "training diverged in epoch {}, step {}: {}; the last finite loss was {}", state.epoch + 1,
        state.step + (can_skip ? 1 : 0), cause,
        state.last_finite_loss ? format_message("{}", *state.last_finite_loss) : "not known yet");
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
      return warn(fit, {WarningKind::rolled_back,
                        format_message("{}; back to step {} with {} times the learning rate", what,
                                       state.step, scale)});
    }
    fail<DivergenceError>("{}. {}", what, advice);
  }

  void warn(Fit& fit, Warning found) {
    found.epoch = fit.run.state.epoch;
    found.step = fit.run.state.step;
    const Warning& warning = found;
    for (auto& callback : callbacks_) callback->on_warning(warning, fit.model, fit.stop);
  }

  /// Passes on what the model finds wrong with its parts and the data, where somebody listens.
  void warn_of_setup(Fit& fit) {
    const auto batch = [&] { return first_part(fit.train); };
    if constexpr (requires { fit.model.setup_warnings(batch(), fit.plan.value_range); })
      if (somebody_listens())
        for (Warning& warning : fit.model.setup_warnings(batch(), fit.plan.value_range))
          warn(fit, std::move(warning));
  }

  /// Passes on what the model finds wrong with itself, where somebody listens.
  void warn_of_health(Fit& fit) {
    const auto batch = [&] { return first_part(fit.train, fit.run.state.epoch - 1); };
    const StepContext context{
        .step = fit.run.state.step, .seed = options_.seed, .progress = fit.plan.progress(fit.run.state.step)};
    if constexpr (requires { fit.model.health(batch(), context); })
      if (somebody_listens())
        for (Warning& warning : fit.model.health(batch(), context)) warn(fit, std::move(warning));
  }

  bool somebody_listens() const {
    return std::any_of(callbacks_.begin(), callbacks_.end(),
                       [](const auto& c) { return c->hears_warnings(); });
  }

  const TrainerOptions& options_;
  std::span<const HooksPointer<M>> callbacks_;
  RunLedger& ledger_;
  bool resumes_;
};

/// Trains a model with these callbacks, and writes down in the ledger where its next fit goes on. A function
/// of its own, for `eigenerate::compiled` holds it for the models of the library.
template <class M>  // not Model: to ask would compile the models that nobody uses
FitResult run_fit(M& model, const Dataset& train, const Dataset* held_out, const TrainerOptions& options,
                  std::span<const HooksPointer<M>> callbacks, RunLedger& ledger, bool resumes) {
  return FitLoop<M>(options, callbacks, ledger, resumes).run(model, train, held_out);
}

}  // namespace eigenerate::detail
