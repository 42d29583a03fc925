#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/optim/schedule.hpp"

namespace eigenerate {

/// What a fit is about to do, as callbacks see it at its beginning.
struct FitPlan {
  Shape sample_shape = {};      ///< of the data, which may know an image's extents where the model does not
  ValueRange value_range = {};  ///< that the data's values fill, see `Dataset::value_range`
  Index train_samples = 0;
  Index held_out_samples = 0;
  Index epochs = 0;
  Index finished_epochs = 0;  ///< before this fit, where it resumes an earlier one
  Index batch_size = 0;
  Index steps_per_epoch = 0;
  std::uint64_t seed = 0;
  Schedule schedule = ConstantSchedule{};
  std::uint64_t data_fingerprint = 0;  ///< of the training set, see `Dataset::fingerprint`

  std::uint64_t total_steps() const {
    return static_cast<std::uint64_t>(epochs) * static_cast<std::uint64_t>(steps_per_epoch);
  }
  /// The schedule's value at step `step`, counted from 0.
  double learning_rate_factor(std::uint64_t step) const {
    return eigenerate::learning_rate_factor(schedule, static_cast<std::int64_t>(step),
                                            static_cast<std::int64_t>(total_steps()));
  }
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
  double train_seconds = 0;      ///< gathering batches and training steps; no evaluation, no callbacks
  double images_per_second = 0;  ///< training samples by `train_seconds`

  /// The figures to judge the model by: on held-out data where there are any.
  const StepMetrics& best_known() const { return held_out ? *held_out : train; }
};

/// How a fit ended.
struct FitResult {
  Index epochs = 0;         ///< epochs finished, those before a resumption included
  std::uint64_t steps = 0;  ///< steps finished, likewise
  Index skipped_steps = 0;  ///< steps left out by `NonFinitePolicy::SkipStep`
  Index rollbacks = 0;      ///< returns to an earlier state by `NonFinitePolicy::Rollback`
  std::string stop_reason;  ///< why a callback stopped it; empty when it ran to its end
  std::optional<EpochRecord> last_epoch;
};

/// With this a callback asks the Trainer to stop after the present step.
class StopRequest {
 public:
  void stop(std::string reason) { reason_ = std::move(reason); }
  bool requested() const { return !reason_.empty(); }
  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

}  // namespace eigenerate
