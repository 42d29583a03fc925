#pragma once
// The few characters that figures in a picture need, as rows of bits.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eigenerate/core/types.hpp"

namespace eigenerate::detail {

inline constexpr Index glyph_width = 5, glyph_height = 7;
using Glyph = std::array<std::uint8_t, 7>;

inline constexpr std::string_view glyph_letters = "0123456789+-.%e ";
inline constexpr std::array<Glyph, 16> glyphs{{
    {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
    {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111},
    {0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110},
    {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
    {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
    {0b00000, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0b00000},
    {0b00000, 0b00000, 0b00000, 0b11111, 0b00000, 0b00000, 0b00000},
    {0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b01100},
    {0b11000, 0b11001, 0b00010, 0b00100, 0b01000, 0b10011, 0b00011},
    {0b00000, 0b00000, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110},
    {0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b00000},
}};

/// The rows of a character from the top, its left end the highest bit; null for one that is not here.
inline const Glyph* glyph(char letter) {
  const std::size_t at = glyph_letters.find(letter);
  return at == std::string_view::npos ? nullptr : &glyphs[at];
}

}  // namespace eigenerate::detail
