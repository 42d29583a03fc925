#pragma once

#include <cstdint>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// What the Trainer tells a model about the step it is to take.
struct StepContext {
  std::uint64_t step = 0;           ///< steps taken before this one
  std::uint64_t seed = 0;           ///< of the run; with `step` it determines all noise
  double learning_rate_factor = 1;  ///< the schedule's present value
  /// Which part of the run is over, in [0, 1]: steps finished of those that its epochs have; 1 outside of
  /// training.
  double progress = 1;
  /// How many samples of the step's batch pass through the networks at a time, see `BatchParts`; 0: all of
  /// them.
  Index part_size = 0;
  /// Whether a step that throws `DivergenceError` must leave the model as it was, also where one network has
  /// learned before another one failed. Costs a copy of the model's state in such steps.
  bool undoable = false;

  /// This step's stream of random numbers for one purpose.
  RandomStream stream(Purpose purpose) const { return RandomStream{seed, purpose}.at(step); }
};

}  // namespace eigenerate
