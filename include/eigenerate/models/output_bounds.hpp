#pragma once

#include <string_view>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/layers/plan.hpp"
#include "eigenerate/models/warning.hpp"

namespace eigenerate {

/// Adds a warning where the network's last layer bounds its outputs so that they cannot be all of `needed`,
/// which are `what`.
void warn_of_bounded_outputs(std::vector<Warning>& warnings, const LayerPlan& network, std::string_view what,
                             const ValueRange& needed);

#if EIGENERATE_DEFINES(MODELS)

EIGENERATE_INLINE void warn_of_bounded_outputs(std::vector<Warning>& warnings, const LayerPlan& network,
                                               std::string_view what, const ValueRange& needed) {
  if (!network.output_range || network.output_range->contains(needed)) return;
  warnings.push_back(
      {WarningKind::bounded_outputs,
       format_message("{} keeps its outputs in {}, but {} reach over {}; leave it out or scale the data",
                      network.bounded_by, to_string(*network.output_range), what, to_string(needed))});
}

#endif

}  // namespace eigenerate
