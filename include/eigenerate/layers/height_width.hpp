#pragma once

#include <string>

#include "eigenerate/core/message.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A vertical and a horizontal extent: a kernel, a stride or a padding. One number stands for both.
struct HeightWidth {
  Index height;
  Index width;

  constexpr HeightWidth(Index both) : height(both), width(both) {}  // implicit: `.kernel = 4`
  constexpr HeightWidth(Index vertical, Index horizontal) : height(vertical), width(horizontal) {}

  constexpr bool operator==(const HeightWidth&) const = default;
};

/// "3×5".
inline std::string to_string(const HeightWidth& extent) {
  return format_message("{}×{}", extent.height, extent.width);
}

}  // namespace eigenerate
