#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/optim/schedule.hpp"
#include "eigenerate/training/detail/data_stretch.hpp"

namespace eigenerate {

/// What a fit is about to do, as callbacks see it at its beginning.
struct FitPlan {
  Shape sample_shape = {};      ///< of the data, which may know an image's extents where the model does not
  ValueRange value_range = {};  ///< that the data's values fill, see `Dataset::value_range`
  Index train_samples = 0;
  Index held_out_samples = 0;
  Index epochs = 0;           ///< of the whole run: those asked for by this fit and by the ones before it
  double max_seconds = 0;     ///< of training in this fit; 0: no limit
  Index finished_epochs = 0;  ///< of the run, by earlier fits or before a resumption
  Index batch_size = 0;
  Index accumulate = 1;  ///< batches per step
  Index steps_per_epoch = 0;
  std::uint64_t seed = 0;
  Schedule schedule = ConstantSchedule{};
  std::uint64_t data_fingerprint = 0;  ///< of the training set, see `Dataset::fingerprint`
  Index first_epoch = 0;               ///< epochs of the run before this training set, where it had another
  std::uint64_t first_step = 0;        ///< steps before it
  /// Of the data that `EpochRecord::best_known` is measured on: the held-out set, or the training set where
  /// there is none.
  std::uint64_t judged_by = 0;
  std::vector<MetricName> figures = {};   ///< that an evaluation of the model reports
  std::vector<MetricName> measured = {};  ///< that callbacks measure besides, see `on_evaluate` of `Trainer`
  /// That says how good the model is, by its own word, see `Model`.
  std::optional<MetricName> best_figure = {};
  /// Whether figures of this fit can be compared with those of the run before it, because they are of the
  /// same data.
  bool comparable = true;

  /// Throws `ConfigError` for a figure that neither the model nor a callback reports; `asker` is who wants
  /// it.
  void require_figure(std::string_view figure, std::string_view asker) const;
  bool is_measured(std::string_view figure) const { return contains(measured, figure); }
  /// All figures of an evaluation, in words.
  std::string figure_names() const;
  /// The stretch of the run that this fit belongs to.
  DataStretch stretch() const;
  /// Steps of the run at the end of this fit.
  std::uint64_t total_steps() const { return stretch().step_at(epochs); }
  /// Which part of the run is over after `step` steps.
  double progress(std::uint64_t step) const;
  /// The schedule's value at step `step`, counted from 0.
  double learning_rate_factor(std::uint64_t step) const;

 private:
  static bool contains(const std::vector<MetricName>& names, std::string_view figure);
};

/// One finished training step.
struct StepRecord {
  Index epoch = 0;         ///< epochs finished before this one
  Index batch = 0;         ///< batches of this epoch finished before this one
  std::uint64_t step = 0;  ///< steps finished, this one included
  StepMetrics metrics;
};

/// One finished epoch.
struct EpochRecord {
  Index epoch = 0;         ///< epochs finished, this one included
  std::uint64_t step = 0;  ///< steps finished
  StepMetrics train = {};  ///< means over the epoch's samples, as they were seen while learning
  std::optional<StepMetrics> held_out = {};  ///< means over the held-out set, where it was evaluated
  StepMetrics measured = {};                 ///< what callbacks measured of the model, where it was evaluated
  double train_seconds = 0;      ///< gathering batches and training steps; no evaluation, no callbacks
  double images_per_second = 0;  ///< training samples by `train_seconds`

  /// The figures to judge the model by: on held-out data where there are any.
  const StepMetrics& best_known() const { return held_out ? *held_out : train; }
};

/// How a fit ended, and how far its run is.
struct FitResult {
  /// `stop_reason` of a fit whose `TrainerOptions::max_seconds` are over.
  static constexpr const char* out_of_time = "max_seconds are over";

  Index epochs = 0;         ///< epochs finished by the run: by earlier fits and before a resumption too
  std::uint64_t steps = 0;  ///< steps finished, likewise
  Index skipped_steps = 0;  ///< steps left out by `NonFinitePolicy::SkipStep`, likewise
  Index rollbacks = 0;      ///< returns to an earlier state by `NonFinitePolicy::Rollback`, likewise
  /// This fit ended before its epochs, because a callback wanted it to or its time was over.
  bool stopped = false;
  std::string stop_reason;                ///< why; empty where the fit ran to its end or nobody said why
  std::optional<EpochRecord> last_epoch;  ///< of the run
};

/// With this a callback asks the Trainer to stop after the present step.
class StopRequest {
 public:
  /// Stops, for a reason in words or without one. A later reason takes an earlier one's place.
  void stop(std::string reason = {}) {
    requested_ = true;
    if (!reason.empty()) reason_ = std::move(reason);
  }
  bool requested() const { return requested_; }
  const std::string& reason() const { return reason_; }

 private:
  bool requested_ = false;
  std::string reason_;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE void FitPlan::require_figure(std::string_view figure, std::string_view asker) const {
  if (contains(figures, figure) || is_measured(figure)) return;
  fail<ConfigError>("{}: no figure named '{}' in an evaluation of this model, which reports {}", asker,
                    figure, figure_names());
}

EIGENERATE_INLINE std::string FitPlan::figure_names() const {
  std::vector<MetricName> all = figures;
  all.insert(all.end(), measured.begin(), measured.end());
  return joined_names(all);
}

EIGENERATE_INLINE DataStretch FitPlan::stretch() const {
  return {data_fingerprint, train_samples, steps_per_epoch, first_epoch, first_step, 0};
}

EIGENERATE_INLINE double FitPlan::progress(std::uint64_t step) const {
  return total_steps() == 0 ? 1
                            : std::min(1.0, static_cast<double>(step) / static_cast<double>(total_steps()));
}

EIGENERATE_INLINE double FitPlan::learning_rate_factor(std::uint64_t step) const {
  return eigenerate::learning_rate_factor(schedule, static_cast<std::int64_t>(step),
                                          static_cast<std::int64_t>(total_steps()));
}

EIGENERATE_INLINE bool FitPlan::contains(const std::vector<MetricName>& names, std::string_view figure) {
  return std::any_of(names.begin(), names.end(),
                     [&](const MetricName& name) { return name.view() == figure; });
}

#endif

}  // namespace eigenerate
