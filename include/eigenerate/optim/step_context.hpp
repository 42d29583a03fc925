#pragma once

#include <cstdint>

#include "eigenerate/core/random.hpp"

namespace eigenerate {

/// What the Trainer tells a model about the step it is to take.
struct StepContext {
  std::uint64_t step = 0;           ///< steps taken before this one
  std::uint64_t seed = 0;           ///< of the run; with `step` it determines all noise
  double learning_rate_factor = 1;  ///< the schedule's present value
  /// Whether a step that throws `DivergenceError` must leave the model as it was, also where one network has
  /// learned before another one failed. Costs a copy of the model's state in such steps.
  bool undoable = false;

  /// This step's stream of random numbers for one purpose.
  RandomStream stream(Purpose purpose) const { return RandomStream{seed, purpose}.at(step); }
};

}  // namespace eigenerate
