#pragma once

#include <cstdint>

#include "eigenerate/core/portable.hpp"

namespace eigenerate {

/// A bf16 number: the upper half of the bits of a float, with its range and 8 significant bits.
enum class Bf16 : std::uint16_t {};

/// The nearest number, of two as near the even one; a NaN stays one.
[[nodiscard]] constexpr Bf16 to_bf16(float x) noexcept {
  const auto bits = bit_cast<std::uint32_t>(x);
  constexpr std::uint32_t quiet = 0x400000, infinity = 0x7F800000;
  if ((bits & 0x7FFFFFFFU) > infinity) return static_cast<Bf16>((bits | quiet) >> 16);
  return static_cast<Bf16>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

[[nodiscard]] constexpr float to_float(Bf16 x) noexcept {
  return bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}

}  // namespace eigenerate
