#pragma once

#include <cstdint>
#include <variant>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/constant_schedule.hpp"
#include "eigenerate/optim/cosine_schedule.hpp"
#include "eigenerate/optim/milestone_schedule.hpp"
#include "eigenerate/optim/step_schedule.hpp"
#include "eigenerate/optim/warm_up.hpp"

namespace eigenerate {

/// Any schedule: a function of the step number and of how many steps the training will have.
using Schedule = std::variant<ConstantSchedule, StepSchedule, MilestoneSchedule, CosineSchedule, WarmUp>;

/// What the learning rate is multiplied by at step `step` (counted from 0) of `total_steps`; `ConfigError`
/// for a schedule that cannot work.
double learning_rate_factor(const Schedule& schedule, std::int64_t step, std::int64_t total_steps);

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE double learning_rate_factor(const Schedule& schedule, std::int64_t step,
                                              std::int64_t total_steps) {
  return std::visit(
      [&](const auto& s) {
        s.validate();
        return s(step, total_steps);
      },
      schedule);
}

#endif

}  // namespace eigenerate
