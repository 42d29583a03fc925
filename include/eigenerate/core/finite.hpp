#pragma once

#include <bit>
#include <cstdint>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Whether a number is neither infinite nor NaN, read from its bits: a user's `-ffast-math` lets compilers
/// assume that `std::isfinite` is always true.
inline bool is_finite(double x) {
  return (std::bit_cast<std::uint64_t>(x) >> 52 & 0x7FF) != 0x7FF;
}
inline bool is_finite(float x) {
  return (std::bit_cast<std::uint32_t>(x) >> 23 & 0xFF) != 0xFF;
}

/// Whether all `n` numbers at `p` are finite.
template <Scalar S>
bool all_finite(const S* p, Index n) {
  bool finite = true;
  for (Index i = 0; i < n; ++i) finite &= is_finite(p[i]);
  return finite;
}

}  // namespace eigenerate
