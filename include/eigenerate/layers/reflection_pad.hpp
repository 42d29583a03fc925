#pragma once

#include <cstdlib>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/pixel_copies.hpp"
#include "eigenerate/layers/height_width.hpp"

namespace eigenerate {

/// Images with further rows and columns on every side, in which their borders are mirrored: PyTorch's
/// `ReflectionPad2d`. The outermost pixels themselves are not repeated: of `a b c d` with a padding of 2 it
/// makes `c b a b c d c b`.
///
/// Before a `Conv2d` without padding it keeps the size of images, and no border of zeros shows in them.
///
/// **Shapes** x: C×H×W, y: C×(H + 2·padding.height)×(W + 2·padding.width).
/// **Backward** `dx` is the sum of dy over each pixel and its reflections.
/// **Cost** a copy.
/// **Errors** `ConfigError` for a negative padding, `ShapeError` for an image that is not larger than its
/// padding.
struct ReflectionPad : detail::PixelCopies<ReflectionPad> {
  HeightWidth padding;

  explicit constexpr ReflectionPad(HeightWidth padding_) : padding(padding_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  /// Calls f(input pixel, output pixel) for all output pixels in order.
  template <class F>
  void for_each_copy(const Shape& image, const F& f) const {
    Index copy = 0;
    for (Index h = -padding.height; h < image.height + padding.height; ++h)
      for (Index w = -padding.width; w < image.width + padding.width; ++w)
        f(reflected(h, image.height) * image.width + reflected(w, image.width), copy++);
  }

 private:
  /// The pixel whose mirror image stands at a place before the first or behind the last one; otherwise the
  /// one that stands there.
  static Index reflected(Index place, Index extent) {
    const Index last = extent - 1;
    return last - std::abs(last - std::abs(place));
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan ReflectionPad::plan(const Shape& input, const Place& place) const {
  if (padding.height < 0 || padding.width < 0)
    fail<ConfigError>("{} (ReflectionPad): padding must not be negative, got {}", place, to_string(padding));
  if (padding.height >= input.height || padding.width >= input.width)
    fail_input(place, "ReflectionPad",
               format_message("of more than {} pixels, its padding", to_string(padding)), input);
  LayerPlan plan(place, "ReflectionPad", input,
                 {input.channels, input.height + 2 * padding.height, input.width + 2 * padding.width});
  plan.moves_values = true;
  return plan;
}

#endif

}  // namespace eigenerate
