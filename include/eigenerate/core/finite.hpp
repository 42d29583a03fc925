#pragma once

#include <cstdint>

#include "eigenerate/core/portable.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Whether a number is neither infinite nor NaN, read from its bits: a user's `-ffast-math` lets compilers
/// assume that `std::isfinite` is always true. For arrays, see `kernels::all_finite`.
inline bool is_finite(double x) {
  return (bit_cast<std::uint64_t>(x) >> 52 & 0x7FF) != 0x7FF;
}
inline bool is_finite(float x) {
  return (bit_cast<std::uint32_t>(x) >> 23 & 0xFF) != 0xFF;
}

/// Whether a number is NaN, by its bits.
inline bool is_nan(double x) {
  return (bit_cast<std::uint64_t>(x) & 0x7FFFFFFFFFFFFFFFu) > 0x7FF0000000000000u;
}
inline bool is_nan(float x) {
  return (bit_cast<std::uint32_t>(x) & 0x7FFFFFFFu) > 0x7F800000u;
}

/// `nan`, `inf` or `-inf`, for a message about a number that is not finite: the usual ways to print one ask
/// questions that `-ffast-math` answers wrongly.
inline const char* non_finite_name(double x) {
  return is_nan(x) ? "nan" : bit_cast<std::uint64_t>(x) >> 63 ? "-inf" : "inf";
}

}  // namespace eigenerate
