#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate::data::detail {

/// Where a pixel of a moved image comes from, in pixels from the middle of both: (x, y) ↦ M (x, y) + offset.
struct PixelMap {
  double xx = 1, xy = 0, yx = 0, yy = 1;
  double x = 0, y = 0;
};

/// An image, channel-last, of whose pixels each is interpolated between the four around the one that it comes
/// from. Outside of the image all is `background`.
template <Scalar S>
void move_pixels(const PixelMap& map, const Shape& shape, std::span<const S> from, S background,
                 std::span<S> to) {
  const Index h = shape.height, w = shape.width, channels = shape.channels;
  const double middle_y = 0.5 * static_cast<double>(h - 1), middle_x = 0.5 * static_cast<double>(w - 1);
  S* out = to.data();
  for (Index row = 0; row < h; ++row)
    for (Index column = 0; column < w; ++column, out += channels) {
      const double dx = static_cast<double>(column) - middle_x, dy = static_cast<double>(row) - middle_y,
                   x = map.xx * dx + map.xy * dy + map.x + middle_x,
                   y = map.yx * dx + map.yy * dy + map.y + middle_y;
      const Index left = static_cast<Index>(std::floor(x)), top = static_cast<Index>(std::floor(y));
      const double right_share = x - std::floor(x), lower_share = y - std::floor(y);
      for (Index channel = 0; channel < channels; ++channel) {
        const auto pixel = [&](Index i, Index j) {
          const bool inside = i >= 0 && i < h && j >= 0 && j < w;
          return static_cast<double>(inside ? from[static_cast<std::size_t>((i * w + j) * channels + channel)]
                                            : background);
        };
        const double upper = (1 - right_share) * pixel(top, left) + right_share * pixel(top, left + 1),
                     lower =
                         (1 - right_share) * pixel(top + 1, left) + right_share * pixel(top + 1, left + 1);
        out[channel] = static_cast<S>((1 - lower_share) * upper + lower_share * lower);
      }
    }
}

}  // namespace eigenerate::data::detail
