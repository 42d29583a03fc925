#pragma once

#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// Widths of strokes in pixels: their mean over images and that of each of them.
struct StrokeWidth : Estimate {
  std::vector<double> of_image;
};

/// How broad the strokes of a drawing are: its ink by half of its outline, the width of a stroke that is much
/// longer than broad. Pixels in the upper half of the range are ink; the outline are the edges between a
/// pixel of ink and one of none, or the border of the image.
///
/// An image without ink has no stroke: its width is 0.
///
/// **Shapes** images: H·W × n, of one channel.
/// **Errors** `ShapeError` for other sizes and no images, `ConfigError` for a number that is not finite and a
/// range without an extent.
/// **Numerics** slanted strokes come out narrower, as their outline on pixels is longer, by up to √2: a width
/// is a scale only beside others of the same kind of drawing.
StrokeWidth stroke_width(ConstView<float> images, const Shape& shape, const ValueRange& range = {0, 1});

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <cstddef>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

EIGENERATE_INLINE StrokeWidth stroke_width(ConstView<float> images, const Shape& shape,
                                           const ValueRange& range) {
  detail::require_features("stroke_width", "images", images);
  if (shape.channels != 1 || images.rows() != shape.size())
    fail<ShapeError>("stroke_width: expected images of one channel, as many values as their shape {}, got {}",
                     to_string(shape), images.rows());
  if (!(range.is_bounded() && range.low < range.high))
    fail<ConfigError>("stroke_width: expected a range from black to white, got {}", to_string(range));
  const auto middle = static_cast<float>(0.5 * (range.low + range.high));
  StrokeWidth result;
  result.of_image.resize(static_cast<std::size_t>(images.cols()));
  kernels::for_each_item(images.cols(), images.rows() * 4, [&](Index i) {
    const float* const image = images.data() + i * images.rows();
    const auto is_ink = [&](Index y, Index x) {
      return y >= 0 && y < shape.height && x >= 0 && x < shape.width && image[y * shape.width + x] > middle;
    };
    Index ink = 0, outline = 0;
    for (Index y = 0; y < shape.height; ++y)
      for (Index x = 0; x < shape.width; ++x) {
        if (!is_ink(y, x)) continue;
        ++ink;
        for (const auto& [dy, dx] : {std::pair<Index, Index>{-1, 0}, {1, 0}, {0, -1}, {0, 1}})
          outline += is_ink(y + dy, x + dx) ? 0 : 1;
      }
    result.of_image[static_cast<std::size_t>(i)] =
        outline > 0 ? 2 * static_cast<double>(ink) / static_cast<double>(outline) : 0;
  });
  static_cast<Estimate&>(result) = mean_of(result.of_image);
  return result;
}

}  // namespace eigenerate

#endif
