#pragma once

#include <cstdint>
#include <vector>

#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// What an optimiser remembers between steps: as many arenas as the rule has `moment_names`, and the number
/// of steps made.
///
/// A checkpoint holds exactly this.
template <Scalar S>
struct OptimizerState {
  std::vector<Arena<S>> moments;
  std::uint64_t step = 0;
};

}  // namespace eigenerate
