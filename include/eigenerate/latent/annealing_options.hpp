#pragma once

#include <cmath>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// How far apart the distributions of a path lie.
enum class AnnealingSchedule {
  sigmoid,  ///< dense at both ends, by the logistic function on [−4, 4]. Wu et al. 2017, their program
  linear
};

/// How `AnnealedImportance` goes.
struct AnnealingOptions {
  Index chains = 16;           ///< for each x
  Index distributions = 1000;  ///< on the path, each with one transition
  Index leapfrog_steps = 10;   ///< of a transition
  AnnealingSchedule schedule = AnnealingSchedule::sigmoid;
  /// Further chains for each x that tune the step size and are not counted.
  Index pilots = 4;
  double first_step_size = 0.1;
  double acceptance = 0.65;  ///< at which the step size aims: the best in many dimensions. Beskos et al. 2013

  void validate() const {
    if (chains < 1 || distributions < 1 || leapfrog_steps < 1 || pilots < 1)
      fail<ConfigError>(
          "annealing: expected at least one chain, distribution, leapfrog step and pilot, got {}, {}, {}, {}",
          chains, distributions, leapfrog_steps, pilots);
    if (!(is_finite(first_step_size) && first_step_size > 0))
      fail<ConfigError>("annealing: expected a finite first_step_size > 0, got {}", first_step_size);
    if (!(acceptance > 0 && acceptance < 1))
      fail<ConfigError>("annealing: expected an acceptance in (0, 1), got {}", acceptance);
  }

  /// The inverse temperature of distribution t, from 0 of the first to 1 of the last, t = `distributions`.
  double beta(Index t) const {
    const double x = static_cast<double>(t) / static_cast<double>(distributions);
    if (schedule == AnnealingSchedule::linear) return x;
    const auto sigmoid = [](double u) { return 1 / (1 + std::exp(-u)); };
    constexpr double reach = 4;
    return (sigmoid(reach * (2 * x - 1)) - sigmoid(-reach)) / (sigmoid(reach) - sigmoid(-reach));
  }
};

}  // namespace eigenerate
