#pragma once

#include <cstdint>
#include <string>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// What a warning is about.
enum class WarningKind {
  skipped_step,              ///< a step that was not finite was left out (`NonFinitePolicy::SkipStep`)
  rolled_back,               ///< training went back to the last good state (`NonFinitePolicy::Rollback`)
  mode_collapse,             ///< a generator's samples hardly differ from each other
  discriminator_saturation,  ///< a discriminator that tells everything leaves its generator no gradient
  posterior_collapse,        ///< latent dimensions that no longer depend on the input
  bounded_outputs,           ///< a network whose last layer keeps it from values that it must reach
  unconstrained_critic,      ///< a Wasserstein critic that nothing keeps Lipschitz
  clamped_log_variances,     ///< log-variances outside their range, which learn nothing
};

/// Something that a person who trains should know, although training goes on.
struct Warning {
  WarningKind kind;
  std::string message;
  Index epoch = 0;         ///< epochs finished
  std::uint64_t step = 0;  ///< steps finished
};

}  // namespace eigenerate
