#pragma once

#include <fmt/format.h>

#include "eigenerate/layers/layer.hpp"

namespace eigenerate::detail {

/// Throws `ShapeError` unless the input has that many channels; a vector that lost its shape gets advice.
inline void require_channels(std::string_view path, std::string_view kind, Index channels,
                             const Shape& input) {
  if (input.channels == channels) return;
  fail_input(path, kind, fmt::format("of {} channels", channels), input,
             input.is_vector() ? fmt::format("put Reshape{{{}, height, width}} before it", channels) : "");
}

}  // namespace eigenerate::detail
