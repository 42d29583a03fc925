#pragma once

#include <cstdint>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The learning rate as it is.
struct ConstantSchedule {
  void validate() const {}

  double operator()(std::int64_t, std::int64_t) const { return 1; }
};

}  // namespace eigenerate
