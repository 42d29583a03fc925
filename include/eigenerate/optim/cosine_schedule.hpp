#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/optim/detail/validation.hpp"

namespace eigenerate {

/// Half a cosine from 1 down to `minimum` over all the steps, and `minimum` after them: PyTorch's
/// `CosineAnnealingLR`.
///
/// **Source** Loshchilov & Hutter 2017, eq. 5, without restarts.
struct CosineSchedule {
  double minimum = 0;

  void validate() const { detail::require_fraction("CosineSchedule", "minimum", minimum); }

  double operator()(std::int64_t step, std::int64_t total_steps) const;
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE double CosineSchedule::operator()(std::int64_t step, std::int64_t total_steps) const {
  if (step >= total_steps) return minimum;
  const double progress = static_cast<double>(step) / static_cast<double>(total_steps);
  return minimum + (1 - minimum) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

#endif

}  // namespace eigenerate
