#pragma once

#include <cstdint>
#include <variant>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/optim/schedule.hpp"
#include "eigenerate/training/non_finite_policy.hpp"

namespace eigenerate {

/// How long, in which portions and at which pace a model learns.
struct TrainerOptions {
  Index epochs = 10;  ///< of each call of `fit`
  Index batch_size = 128;
  /// Batches per optimiser step: their gradients are accumulated, and the step is that of one batch as large
  /// as all of them, in the memory of one. A step, its number, the schedule, records and checkpoints are of
  /// the optimiser.
  Index accumulate = 1;
  bool drop_last = false;  ///< leave out an epoch's last step where it has fewer samples than the others
  std::uint64_t seed = 0;  ///< of the data's order and of all noise
  /// Seconds of training after which a fit ends, for comparisons at equal time: batches and steps as in
  /// `EpochRecord::train_seconds`, those skipped or rolled back too, no evaluation and no callbacks. 0: no
  /// limit.
  double max_seconds = 0;
  Schedule schedule = ConstantSchedule{};  ///< factor on the models' own learning rates
  /// Epochs between evaluations of the held-out set; a fit's last one is always evaluated.
  Index evaluate_every = 1;
  NonFinitePolicy non_finite = NonFinitePolicy::Throw;

  /// Throws `ConfigError` for options out of range.
  void validate() const;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE void TrainerOptions::validate() const {
  if (epochs < 0) fail<ConfigError>("Trainer: epochs must not be negative, got {}", epochs);
  if (batch_size < 1) fail<ConfigError>("Trainer: batch_size must be at least 1, got {}", batch_size);
  if (accumulate < 1) fail<ConfigError>("Trainer: accumulate must be at least 1, got {}", accumulate);
  if (evaluate_every < 1)
    fail<ConfigError>("Trainer: evaluate_every must be at least 1, got {}", evaluate_every);
  if (!(is_finite(max_seconds) && max_seconds >= 0))
    fail<ConfigError>("Trainer: max_seconds must be finite and not negative, got {}", max_seconds);
  std::visit([](const auto& rule) { rule.validate(); }, schedule);
}

#endif

}  // namespace eigenerate
