#pragma once

#include <cstdint>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The exponent of `max_scalars`: 40 where an `Index` has 64 bits, 27 where it has 32.
inline constexpr int max_scalars_exponent = sizeof(Index) >= 8 ? 40 : 27;

/// The most scalars that one sample, tensor or workspace may have: more than the machine holds, and few
/// enough that their bytes, in double, are still an `Index`.
inline constexpr Index max_scalars = Index{1} << max_scalars_exponent;

/// The most that a window, its stride or its padding may measure, and a factor be: its square is an `Index`,
/// and `max_scalars` times it is an int64.
inline constexpr Index max_factor = Index{1} << (sizeof(Index) >= 8 ? 20 : 15);

/// `n` where that is at most `max_scalars`, else `max_scalars + 1`, which every check of sizes refuses.
constexpr Index capped(std::int64_t n) {
  return n > max_scalars ? max_scalars + 1 : static_cast<Index>(n);
}

/// `a * b` of numbers that are not negative, capped.
constexpr Index capped_product(Index a, Index b) {
  return b > 0 && a > max_scalars / b ? max_scalars + 1 : a * b;
}

/// `a + b` of numbers that are not negative, capped.
constexpr Index capped_sum(Index a, Index b) {
  return a > max_scalars || b > max_scalars - a ? max_scalars + 1 : a + b;
}

}  // namespace eigenerate
