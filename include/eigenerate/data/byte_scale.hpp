#pragma once

#include "eigenerate/core/value_range.hpp"

namespace eigenerate {

/// What the numbers of a file of bytes stand for: `(byte / divisor − shift) · factor`.
///
/// **Numerics** a division, a difference and a product of floats, each rounded, for every byte alike: the
/// very values of torchvision's `ToTensor` and `Normalize` (see `data::gray_levels`), which one product and
/// one sum would miss by a bit.
struct ByteScale {
  float divisor = 1;
  float shift = 0;
  float factor = 1;

  float operator()(float byte) const { return (byte / divisor - shift) * factor; }
  /// What bytes can stand for.
  ValueRange range() const { return {(*this)(0), (*this)(255), *this == ByteScale{}}; }
  bool operator==(const ByteScale&) const = default;
};

}  // namespace eigenerate
