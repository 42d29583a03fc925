#pragma once

#include <cmath>
#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/optim/detail/validation.hpp"

namespace eigenerate {

/// Multiplies the learning rate by `gamma` every `every` steps: `gamma^⌊step / every⌋`, PyTorch's `StepLR`.
struct StepSchedule {
  Index every = 1000;
  double gamma = 0.1;

  void validate() const;

  double operator()(std::int64_t step, std::int64_t) const {
    return std::pow(gamma, static_cast<double>(step / every));
  }
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void StepSchedule::validate() const {
  detail::require_field(every >= 1, "StepSchedule", "every", ">= 1", static_cast<double>(every));
  detail::require_positive("StepSchedule", "gamma", gamma);
}

#endif

}  // namespace eigenerate
