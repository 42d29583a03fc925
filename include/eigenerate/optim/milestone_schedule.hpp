#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/detail/validation.hpp"

namespace eigenerate {

/// Other factors from given steps on: that of the last milestone reached, and 1 before the first. PyTorch's
/// `MultiStepLR`, with factors of one's own.
struct MilestoneSchedule {
  struct Milestone {
    std::int64_t step = 0;
    double factor = 1;
  };

  std::vector<Milestone> milestones = {};  ///< by their steps, ascending

  void validate() const;

  double operator()(std::int64_t step, std::int64_t) const;
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void MilestoneSchedule::validate() const {
  for (std::size_t i = 0; i < milestones.size(); ++i) {
    const std::int64_t least = i == 0 ? 0 : milestones[i - 1].step + 1;
    detail::require_field(milestones[i].step >= least, "MilestoneSchedule", "step",
                          "not negative and above the one before", static_cast<double>(milestones[i].step));
    detail::require_positive("MilestoneSchedule", "factor", milestones[i].factor);
  }
}

EIGENERATE_INLINE double MilestoneSchedule::operator()(std::int64_t step, std::int64_t) const {
  double factor = 1;
  for (const Milestone& milestone : milestones)
    if (milestone.step <= step) factor = milestone.factor;
  return factor;
}

#endif

}  // namespace eigenerate
