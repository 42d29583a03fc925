#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// What callbacks remember across a save and a resume: numbers under names of their own.
using CallbackNumbers = std::map<std::string, std::vector<double>>;

/// Everything besides the model that decides how a fit goes on. With the model it is what a checkpoint holds:
/// data order and noise follow from the seed and these counters alone.
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

  CallbackNumbers callbacks;  ///< filled when a callback wants the state

  /// The seed of the noise: another one after each rollback, so that the same accident does not repeat
  /// itself.
  std::uint64_t noise_seed(std::uint64_t seed) const {
    if (rollbacks == 0) return seed;
    const auto words = RandomStream{seed, Purpose::recovery}.words(static_cast<std::uint64_t>(rollbacks));
    return std::uint64_t{words[0]} << 32 | words[1];
  }
};

}  // namespace eigenerate
