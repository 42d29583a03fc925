#pragma once

#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The part of a run that learns from one training set. Most runs have one; a fit with other data begins the
/// next one.
struct DataStretch {
  std::uint64_t fingerprint = 0;  ///< of the training set, see `Dataset::fingerprint`
  Index samples = 0;
  Index steps_per_epoch = 0;
  Index first_epoch = 0;         ///< epochs of the run before it
  std::uint64_t first_step = 0;  ///< steps before it
  Index epochs_asked = 0;        ///< by the fits before it, which may have ended early

  bool same_data(const DataStretch& other) const;
  /// Steps of the run when `epoch` of its epochs are finished.
  std::uint64_t step_at(Index epoch) const;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE bool DataStretch::same_data(const DataStretch& other) const {
  return fingerprint == other.fingerprint && samples == other.samples &&
         steps_per_epoch == other.steps_per_epoch;
}

EIGENERATE_INLINE std::uint64_t DataStretch::step_at(Index epoch) const {
  return first_step +
         static_cast<std::uint64_t>(epoch - first_epoch) * static_cast<std::uint64_t>(steps_per_epoch);
}

#endif

}  // namespace eigenerate
