#pragma once

#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/message.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The extents of one sample: channels, height and width, written in PyTorch's order (C×H×W).
///
/// A plain feature vector is an image of one pixel, so layers that treat channels alike (batch norm, bias,
/// activations) need one code path for both. In memory an image is **channel-last**: element (c, h, w) of a
/// sample stands at `c + channels * (w + width * h)`, so a batch of B images is also a dense
/// `channels × (height·width·B)` column-major matrix.
struct Shape {
  Index channels = 0;
  Index height = 1;
  Index width = 1;

  /// Number of scalars in one sample.
  constexpr Index size() const { return channels * height * width; }
  /// Number of pixels; 1 for a feature vector.
  constexpr Index pixels() const { return height * width; }
  /// Whether this is a plain feature vector.
  constexpr bool is_vector() const { return height == 1 && width == 1; }

  constexpr bool operator==(const Shape&) const = default;
};

/// "784" for a vector, "64×14×14" (C×H×W) for an image.
std::string to_string(const Shape& shape);

/// Throws `ConfigError` unless every extent is positive and their product at most `max_scalars`.
void require_valid(const Shape& shape, std::string_view what);

#if EIGENERATE_DEFINES(CORE)

EIGENERATE_INLINE std::string to_string(const Shape& shape) {
  if (shape.is_vector()) return format_message("{}", shape.channels);
  return format_message("{}×{}×{}", shape.channels, shape.height, shape.width);
}

EIGENERATE_INLINE void require_valid(const Shape& shape, std::string_view what) {
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1)
    fail<ConfigError>("{}: every extent must be at least 1, got {}×{}×{}", what, shape.channels, shape.height,
                      shape.width);
  if (capped_product(capped_product(shape.channels, shape.height), shape.width) > max_scalars)
    fail<ConfigError>("{}: {}×{}×{} are more than 2^{} scalars", what, shape.channels, shape.height,
                      shape.width, max_scalars_exponent);
}

#endif

}  // namespace eigenerate
