#pragma once

#include <limits>
#include <string>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// For the input width of a layer: whatever its input has, as in `Linear{infer, 400}` and `Conv2d{infer,
/// 64}`.
///
/// The plan takes the width from the layer before, or from the samples, with the channels of a condition
/// where those are joined to them. A layer stays a value without sizes of its own there: one value may stand
/// in several networks.
inline constexpr Index infer = std::numeric_limits<Index>::min();

namespace detail {
/// A width of a layer, taken from its input where it is left open.
constexpr Index width_of(Index width, Index of_input) {
  return width == infer ? of_input : width;
}
}  // namespace detail

}  // namespace eigenerate
