#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/io/bitmap.hpp"

namespace eigenerate {

/// How samples become tiles of one picture.
struct GridOptions {
  Index columns = 0;            ///< Tiles in a row; 0 chooses the grid that is closest to a square.
  ValueRange range = {0, 1};    ///< The values that become bytes 0 and 255; those outside are clamped.
  Index padding = 2;            ///< Pixels around and between the tiles.
  std::uint8_t background = 0;  ///< Gray level of the padding and of unused tiles.
};

/// The colour of a pixel that is not a number: magenta, which no gray picture holds.
inline constexpr std::array<std::uint8_t, 3> not_a_number_color{255, 0, 255};

/// Draws images, one per column, as the tiles of a grid, row by row.
///
/// **Shapes** samples (channels·height·width) × n, channel-last within a column; 1 channel gives a gray
/// picture, 3 an RGB one. A pixel with a NaN in any channel is drawn in `not_a_number_color`, and a gray grid
/// that holds one becomes RGB.
/// **Errors** `ConfigError` for other channel counts, an empty range or negative options; `ShapeError` when
/// the rows are not the shape's size or there is no sample.
template <Scalar S>
Bitmap image_grid(const ConstView<S>& samples, const Shape& shape, const GridOptions& options = {}) {
  require_valid(shape, "image_grid");
  if (shape.channels != 1 && shape.channels != 3)
    fail<ConfigError>("image_grid: expected images of 1 or 3 channels, got shape {}", to_string(shape));
  const double low = options.range.low, high = options.range.high;
  if (!(is_finite(low) && is_finite(high) && low < high))
    fail<ConfigError>("image_grid: expected a range with low < high, got {} and {}", low, high);
  if (options.columns < 0 || options.padding < 0 || options.padding > max_factor)
    fail<ConfigError>("image_grid: expected columns >= 0 and padding from 0 to {}, got {} and {}", max_factor,
                      options.columns, options.padding);
  const Index count = samples.cols();
  if (samples.rows() != shape.size() || count < 1)
    fail<ShapeError>("image_grid: expected {} × n values with n >= 1 for shape {}, got {} × {}", shape.size(),
                     to_string(shape), samples.rows(), count);

  const Index columns = options.columns > 0
                            ? std::min(options.columns, count)
                            : static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(count))));
  const Index rows = (count + columns - 1) / columns;
  const S* first = samples.data();
  const bool has_nan =
      std::any_of(first, first + samples.size(), [](const S& value) { return is_nan(value); });

  Bitmap grid;
  grid.channels = shape.channels == 3 || has_nan ? 3 : 1;
  const auto extent = [&](Index tiles, Index pixels) {
    return capped_sum(capped_product(tiles, pixels + options.padding), options.padding);
  };
  grid.width = extent(columns, shape.width);
  grid.height = extent(rows, shape.height);
  if (capped_product(capped_product(grid.width, grid.height), grid.channels) > max_scalars)
    fail<ConfigError>("image_grid: {} × {} tiles of shape {}, {} pixels apart, are more than 2^{} bytes",
                      rows, columns, to_string(shape), options.padding, max_scalars_exponent);
  grid.bytes.assign(static_cast<std::size_t>(grid.width * grid.height * grid.channels), options.background);

  const auto to_byte = [low, high](S value) {
    const double unit = (static_cast<double>(value) - low) / (high - low);
    return static_cast<std::uint8_t>(std::clamp(unit, 0.0, 1.0) * 255 + 0.5);
  };
  for (Index i = 0; i < count; ++i) {
    const Index top = options.padding + i / columns * (shape.height + options.padding);
    const Index left = options.padding + i % columns * (shape.width + options.padding);
    for (Index h = 0; h < shape.height; ++h)
      for (Index w = 0; w < shape.width; ++w) {
        const S* value = first + i * shape.size() + shape.channels * (w + shape.width * h);
        std::uint8_t* pixel = grid.pixel(top + h, left + w);
        const bool bad = std::any_of(value, value + shape.channels, [](const S& x) { return is_nan(x); });
        for (Index c = 0; c < grid.channels; ++c)
          pixel[c] = bad ? not_a_number_color[static_cast<std::size_t>(c)]
                         : to_byte(value[std::min(c, shape.channels - 1)]);
      }
  }
  return grid;
}

}  // namespace eigenerate
