#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/training/detail/data_stretch.hpp"
#include "eigenerate/training/number_list.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// What callbacks remember from one fit to the next and across a resumption: numbers under names of their
/// own, each list in the scalar that it was given in.
using CallbackNumbers = std::map<std::string, NumberList>;

/// Everything besides the model that decides how a run goes on, from one fit to the next and across a
/// resumption. With the model it is what a checkpoint holds: data order and noise follow from the seed and
/// these counters alone.
struct RunState {
  Index epoch = 0;         ///< epochs finished
  Index batch = 0;         ///< batches of the present epoch finished
  std::uint64_t step = 0;  ///< steps finished, those skipped included
  double learning_rate_scale = 1;
  Index rollbacks = 0;
  Index skipped_steps = 0;
  Index skipped_in_a_row = 0;
  std::optional<double> last_finite_loss;

  StepMetrics epoch_mean;    ///< of the present epoch so far
  Index epoch_samples = 0;   ///< that `epoch_mean` is over
  double epoch_seconds = 0;  ///< as `EpochRecord::train_seconds`
  std::optional<EpochRecord> last_epoch;

  Index fit_epochs = 0;  ///< `FitPlan::epochs` of the present fit, by which it is known after a resumption
  /// Of training in the present fit: batches and steps, those skipped or rolled back too.
  double fit_seconds = 0;

  std::vector<DataStretch> data;  ///< the training sets, the present one last; empty before the first
  std::uint64_t judged_by = 0;    ///< fingerprint of the data that figures are of, see `FitPlan`
  CallbackNumbers callbacks;      ///< filled when a callback wants the state, and at the end of a fit

  /// The seed of the noise: another one after each rollback, so that the same accident does not repeat
  /// itself.
  std::uint64_t noise_seed(std::uint64_t seed) const;

  /// Leaves the present epoch's figures behind: the next step is the first of an epoch.
  void begin_epoch() {
    batch = 0;
    epoch_mean = {};
    epoch_samples = 0;
    epoch_seconds = 0;
  }

  /// The stretch of a fit that ends when `epochs` epochs have been asked for: the last one, unless the run
  /// was resumed and has been further before.
  std::size_t stretch_of(Index epochs) const;

  /// Whether the counters follow from each other, stretch by stretch: each epoch has its steps, and only the
  /// last one of a stretch may have been left unfinished.
  bool consistent() const;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE std::uint64_t RunState::noise_seed(std::uint64_t seed) const {
  if (rollbacks == 0) return seed;
  const auto words = RandomStream{seed, Purpose::recovery}.words(static_cast<std::uint64_t>(rollbacks));
  return std::uint64_t{words[0]} << 32 | words[1];
}

EIGENERATE_INLINE std::size_t RunState::stretch_of(Index epochs) const {
  std::size_t i = data.empty() ? 0 : data.size() - 1;
  while (i > 0 && data[i].epochs_asked >= epochs) --i;
  return i;
}

EIGENERATE_INLINE bool RunState::consistent() const {
  // Beyond this many epochs, and batches in one, their product would not fit.
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  const auto countable = [](Index n) { return n >= 0 && static_cast<std::uint64_t>(n) <= most; };
  if (data.empty() || !countable(epoch) || !countable(batch)) return false;
  if (data[0].first_epoch != 0 || data[0].first_step != 0 || data[0].epochs_asked != 0) return false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const DataStretch& stretch = data[i];
    const DataStretch* const next = i + 1 < data.size() ? &data[i + 1] : nullptr;
    const Index end = next ? next->first_epoch : epoch;
    if (stretch.steps_per_epoch < 1 || !countable(stretch.steps_per_epoch) ||
        !countable(stretch.first_epoch) || end < stretch.first_epoch ||
        (next && next->epochs_asked < stretch.epochs_asked))
      return false;
    const std::uint64_t steps_beyond = (next ? next->first_step : step) - stretch.step_at(end);
    if (steps_beyond > static_cast<std::uint64_t>(stretch.steps_per_epoch) ||
        (!next && steps_beyond != static_cast<std::uint64_t>(batch)))
      return false;
  }
  return true;
}

#endif

}  // namespace eigenerate
