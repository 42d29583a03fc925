#pragma once

#include <cstdint>

#include "eigenerate/core/types.hpp"

namespace eigenerate::testing {

/// What a term of an Adversary is tried with.
struct AdversaryTermOptions {
  Index batch = 6;
  std::uint64_t seed = 1;
  double steepness = 1;     ///< of the discriminator's parameters, for terms that leave small gradients alone
  double tolerance = 1e-6;  ///< relative, for derivatives in double
  double float_tolerance = 2e-4;  ///< relative, float against double
};

}  // namespace eigenerate::testing
