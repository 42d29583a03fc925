#pragma once

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The learning rate as it is.
struct ConstantSchedule {
  void validate() const {}

  double operator()(Index, Index) const { return 1; }
};

}  // namespace eigenerate
