#pragma once

#include <cstdint>
#include <vector>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// An 8-bit picture: rows from top to bottom, `channels` (1 gray, 3 RGB) bytes for each pixel.
struct Bitmap {
  Index width = 0;
  Index height = 0;
  Index channels = 1;
  std::vector<std::uint8_t> bytes;

  /// The bytes of pixel (row, column).
  std::uint8_t* pixel(Index row, Index column) { return bytes.data() + (row * width + column) * channels; }
  const std::uint8_t* pixel(Index row, Index column) const {
    return bytes.data() + (row * width + column) * channels;
  }
};

}  // namespace eigenerate
