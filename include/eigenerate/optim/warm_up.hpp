#pragma once

#include <algorithm>
#include <cstdint>
#include <variant>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/constant_schedule.hpp"
#include "eigenerate/optim/cosine_schedule.hpp"
#include "eigenerate/optim/milestone_schedule.hpp"
#include "eigenerate/optim/step_schedule.hpp"

namespace eigenerate {

/// A linear rise, `(step + 1) / steps` over the first `steps` steps, then another schedule over the rest.
///
/// The first step already moves (a factor of zero would waste it), and step number `steps` is the first of
/// the other.
struct WarmUp {
  Index steps = 0;
  std::variant<ConstantSchedule, StepSchedule, MilestoneSchedule, CosineSchedule> then = ConstantSchedule{};

  void validate() const;

  double operator()(std::int64_t step, std::int64_t total_steps) const;
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void WarmUp::validate() const {
  detail::require_field(steps >= 0, "WarmUp", "steps", ">= 0", static_cast<double>(steps));
  std::visit([](const auto& schedule) { schedule.validate(); }, then);
}

EIGENERATE_INLINE double WarmUp::operator()(std::int64_t step, std::int64_t total_steps) const {
  if (step < steps) return static_cast<double>(step + 1) / static_cast<double>(steps);
  return std::visit(
      [&](const auto& schedule) {
        return schedule(step - steps, std::max<std::int64_t>(total_steps - steps, 0));
      },
      then);
}

#endif

}  // namespace eigenerate
