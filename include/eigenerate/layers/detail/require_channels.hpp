#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/message.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate::detail {

/// Throws `ShapeError` unless the input has that many channels; a vector that can be an image of so many gets
/// advice.
void require_channels(const Place& place, std::string_view kind, Index channels, const Shape& input);

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE void require_channels(const Place& place, std::string_view kind, Index channels,
                                        const Shape& input) {
  if (input.channels == channels) return;
  const bool lost_its_shape = input.is_vector() && channels > 0 && input.channels % channels == 0;
  fail_input(place, kind, format_message("of {} channels", channels), input,
             lost_its_shape ? format_message("put Reshape{{{}, height, width}} before it", channels) : "");
}

#endif

}  // namespace eigenerate::detail
