#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/io/bitmap.hpp"
#include "eigenerate/io/detail/glyphs.hpp"

namespace eigenerate {

/// A picture that one draws on: dots, rings, boxes and numbers with soft edges, each laid over what is there.
/// Places are in pixels, (0, 0) the middle of the upper left one. What lies outside is not drawn.
class Canvas {
 public:
  using Color = std::array<double, 3>;  ///< red, green and blue, in [0, 1]

  /// **Errors** `ConfigError` for a picture without pixels or with too many.
  Canvas(Index width, Index height, const Color& background = {1, 1, 1}) : width_(width), height_(height) {
    if (width < 1 || height < 1 || capped_product(width, height) > max_scalars / 3)
      fail<ConfigError>("Canvas: expected a picture of at least 1 × 1 and at most 2^{} bytes, got {} × {}",
                        max_scalars_exponent, width, height);
    colors_.assign(static_cast<std::size_t>(width * height), background);
  }

  Index width() const { return width_; }
  Index height() const { return height_; }
  Color& at(Index row, Index column) { return colors_[static_cast<std::size_t>(row * width_ + column)]; }
  const Color& at(Index row, Index column) const {
    return colors_[static_cast<std::size_t>(row * width_ + column)];
  }

  /// A disc of that radius.
  void dot(double row, double column, double radius, const Color& color, double opacity = 1) {
    cover(row, column, radius + 1, color,
          [&](double distance) { return opacity * std::clamp(radius + 0.5 - distance, 0.0, 1.0); });
  }
  /// A thin circle.
  void ring(double row, double column, double radius, const Color& color, double opacity = 1) {
    cover(row, column, radius + 2, color,
          [&](double distance) { return opacity * std::clamp(1.2 - std::abs(distance - radius), 0.0, 1.0); });
  }
  /// A box without a line around it, from one pixel to another one, both included.
  void box(Index top, Index left, Index bottom, Index right, const Color& color, double opacity = 1) {
    for (Index r = std::max<Index>(top, 0); r <= std::min(bottom, height_ - 1); ++r)
      for (Index c = std::max<Index>(left, 0); c <= std::min(right, width_ - 1); ++c)
        lay(at(r, c), color, opacity);
  }

  /// Digits, signs and points, each of a size × size box of pixels for each of its own 5 × 7, with its upper
  /// left corner there.
  /// **Errors** `ConfigError` for a character that is none of `0123456789+-.%e ` and a size below 1.
  void write(Index top, Index left, std::string_view text, Index size, const Color& color) {
    if (size < 1) fail<ConfigError>("Canvas: expected letters of a size of at least 1, got {}", size);
    for (const char letter : text) {
      const auto* const rows = detail::glyph(letter);
      if (!rows) fail<ConfigError>("Canvas: '{}' has a character that cannot be drawn", text);
      for (Index r = 0; r < detail::glyph_height; ++r)
        for (Index c = 0; c < detail::glyph_width; ++c)
          if ((*rows)[static_cast<std::size_t>(r)] >> (detail::glyph_width - 1 - c) & 1)
            box(top + r * size, left + c * size, top + (r + 1) * size - 1, left + (c + 1) * size - 1, color);
      left += (detail::glyph_width + 1) * size;
    }
  }
  /// The pixels that a text takes from left to right.
  static Index width_of(std::string_view text, Index size) {
    return static_cast<Index>(text.size()) * (detail::glyph_width + 1) * size - size;
  }
  static Index height_of(Index size) { return detail::glyph_height * size; }

  /// The picture, each pixel the mean of `shrink` × `shrink` of these: edges become smooth.
  /// **Errors** `ConfigError` where that would leave none.
  Bitmap bitmap(Index shrink = 1) const {
    if (shrink < 1 || shrink > std::min(width_, height_))
      fail<ConfigError>("Canvas: cannot shrink {} × {} pixels by {}", width_, height_, shrink);
    Bitmap picture{width_ / shrink, height_ / shrink, 3, {}};
    picture.bytes.resize(static_cast<std::size_t>(picture.width * picture.height * 3));
    for (Index row = 0; row < picture.height; ++row)
      for (Index column = 0; column < picture.width; ++column)
        for (std::size_t k = 0; k < 3; ++k) {
          double sum = 0;
          for (Index r = 0; r < shrink; ++r)
            for (Index c = 0; c < shrink; ++c) sum += at(row * shrink + r, column * shrink + c)[k];
          picture.pixel(row, column)[k] = static_cast<std::uint8_t>(
              std::clamp(sum / static_cast<double>(shrink * shrink), 0.0, 1.0) * 255 + 0.5);
        }
    return picture;
  }

 private:
  static void lay(Color& under, const Color& color, double opacity) {
    for (std::size_t k = 0; k < 3; ++k) under[k] += opacity * (color[k] - under[k]);
  }

  /// Lays the color over the pixels within `reach` of a place, by opacity(distance).
  template <class F>
  void cover(double row, double column, double reach, const Color& color, const F& opacity) {
    // Also what is not a number is outside.
    if (!(row > -reach && row < static_cast<double>(height_) + reach)) return;
    if (!(column > -reach && column < static_cast<double>(width_) + reach)) return;
    const auto first = [&](double at) {
      return std::max<Index>(0, static_cast<Index>(std::ceil(at - reach)));
    };
    const auto last = [&](double at, Index pixels) {
      return std::min<Index>(pixels - 1, static_cast<Index>(std::floor(at + reach)));
    };
    for (Index r = first(row); r <= last(row, height_); ++r)
      for (Index c = first(column); c <= last(column, width_); ++c)
        lay(at(r, c), color,
            opacity(std::hypot(static_cast<double>(r) - row, static_cast<double>(c) - column)));
  }

  Index width_, height_;
  std::vector<Color> colors_;
};

}  // namespace eigenerate
