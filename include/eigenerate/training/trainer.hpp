#pragma once

#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/data/batches.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/optim/schedule.hpp"
#include "eigenerate/training/evaluate.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// How long, in which portions and at which pace a model learns.
struct TrainerOptions {
  Index epochs = 10;
  Index batch_size = 128;
  std::uint64_t seed = 0;                  ///< of the data's order and of all noise
  Schedule schedule = ConstantSchedule{};  ///< factor on the models' own learning rates
  Index evaluate_every = 1;                ///< epochs between evaluations of the held-out set
};

/// The loop around any model: epochs, shuffled batches, schedule, evaluation, callbacks and a divergence
/// guard.
///
/// Callbacks are values with any of the hooks
/// `on_fit_begin(const FitPlan&, model, StopRequest&)`, `on_step_end(const StepRecord&, model,
/// StopRequest&)`, `on_epoch_end(const EpochRecord&, model, StopRequest&)`, `on_fit_end(const FitResult&,
/// model, StopRequest&)`, called in the order of the arguments. The Trainer itself never prints.
///
/// **Errors** `ConfigError` for options out of range; `DivergenceError` naming epoch, step, figure and the
/// last finite loss as soon as a step reports a number that is not finite.
template <class... Callbacks>
class Trainer {
 public:
  explicit Trainer(TrainerOptions options, Callbacks... callbacks)
      : options_(std::move(options)), callbacks_(std::move(callbacks)...) {
    if (options_.epochs < 0)
      fail<ConfigError>("Trainer: epochs must not be negative, got {}", options_.epochs);
    if (options_.batch_size < 1)
      fail<ConfigError>("Trainer: batch_size must be at least 1, got {}", options_.batch_size);
    if (options_.evaluate_every < 1)
      fail<ConfigError>("Trainer: evaluate_every must be at least 1, got {}", options_.evaluate_every);
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

 private:
  template <class C, class M>
  static constexpr bool has_hook = requires(C c, M m, StopRequest s) {
    c.on_fit_begin(FitPlan{}, m, s);
  }
  || requires(C c, M m, StopRequest s) { c.on_step_end(StepRecord{}, m, s); }
  || requires(C c, M m, StopRequest s) { c.on_epoch_end(EpochRecord{}, m, s); }
  || requires(C c, M m, StopRequest s) { c.on_fit_end(FitResult{}, m, s); };

  template <Model M>
  FitResult run(M& model, const Dataset& train, const Dataset* held_out) {
    static_assert(
        (has_hook<Callbacks, M> && ...),
        "a callback needs at least one hook that can be called with this model: on_fit_begin, on_step_end, "
        "on_epoch_end or on_fit_end (record, model, StopRequest&)");
    using S = typename M::scalar_type;
    Batches<S> batches(train, {.batch_size = options_.batch_size, .seed = options_.seed});
    std::optional<Batches<S>> held_out_batches;
    if (held_out)
      held_out_batches.emplace(*held_out, BatchOptions{.batch_size = options_.batch_size,
                                                       .seed = options_.seed,
                                                       .order = BatchOrder::sequential});
    model.prepare(std::max(batches.max_batch(), held_out ? held_out_batches->max_batch() : Index{1}));

    const FitPlan plan{.sample_shape = train.sample_shape(),
                       .train_samples = train.size(),
                       .held_out_samples = held_out ? held_out->size() : 0,
                       .epochs = options_.epochs,
                       .batch_size = options_.batch_size,
                       .steps_per_epoch = batches.batches_per_epoch(),
                       .seed = options_.seed};
    FitResult result;
    StopRequest stop;
    for_each_callback([&](auto& c) {
      if constexpr (requires { c.on_fit_begin(plan, model, stop); }) c.on_fit_begin(plan, model, stop);
    });
    while (result.epochs < options_.epochs && !stop.requested()) {
      EpochRecord record = train_epoch(model, batches, plan, result, stop);
      if (stop.requested()) break;
      record.epoch = ++result.epochs;
      if (held_out && (result.epochs % options_.evaluate_every == 0 || result.epochs == options_.epochs))
        record.held_out = evaluate(model, *held_out_batches, options_.seed);
      result.last_epoch = record;
      for_each_callback([&](auto& c) {
        if constexpr (requires { c.on_epoch_end(record, model, stop); }) c.on_epoch_end(record, model, stop);
      });
    }
    result.stop_reason = stop.reason();
    for_each_callback([&](auto& c) {
      if constexpr (requires { c.on_fit_end(result, model, stop); }) c.on_fit_end(result, model, stop);
    });
    return result;
  }

  /// One pass over the data, or a part of it when a callback stops it.
  template <Model M, Scalar S>
  EpochRecord train_epoch(M& model, Batches<S>& batches, const FitPlan& plan, FitResult& progress,
                          StopRequest& stop) {
    using Clock = std::chrono::steady_clock;
    EpochRecord record;
    Index samples = 0;
    for (Index i = 0; i < batches.batches_per_epoch() && !stop.requested(); ++i) {
      const auto begin = Clock::now();
      const Batch<S> batch = batches.batch(progress.epochs, i);
      const StepContext context{
          .step = progress.steps,
          .seed = options_.seed,
          .learning_rate_factor = learning_rate_factor(options_.schedule, static_cast<Index>(progress.steps),
                                                       static_cast<Index>(plan.total_steps()))};
      const StepMetrics metrics = model.train_step(batch, context);
      record.train_seconds += std::chrono::duration<double>(Clock::now() - begin).count();
      ++progress.steps;
      samples += batch.size();
      require_finite(metrics, record.train, progress);
      record.train.average_in(metrics, static_cast<double>(batch.size()));
      const StepRecord step{progress.epochs, i, progress.steps, metrics};
      for_each_callback([&](auto& c) {
        if constexpr (requires { c.on_step_end(step, model, stop); }) c.on_step_end(step, model, stop);
      });
    }
    record.step = progress.steps;
    if (record.train_seconds > 0)
      record.images_per_second = static_cast<double>(samples) / record.train_seconds;
    return record;
  }

  static void require_finite(const StepMetrics& metrics, const StepMetrics& epoch_mean,
                             const FitResult& progress) {
    for (const auto& entry : metrics)
      if (!is_finite(entry.value))
        fail<DivergenceError>(
            "training diverged in epoch {}, step {}: {} is {}; the mean loss of this epoch before was {}. "
            "Lower the "
            "learning rate or clip the gradients",
            progress.epochs + 1, progress.steps, entry.name, entry.value,
            epoch_mean.contains("loss") ? fmt::format("{}", epoch_mean["loss"]) : "not known yet");
  }

  template <class F>
  void for_each_callback(F&& f) {
    std::apply([&](auto&... callback) { (f(callback), ...); }, callbacks_);
  }

  TrainerOptions options_;
  std::tuple<Callbacks...> callbacks_;
};

}  // namespace eigenerate
