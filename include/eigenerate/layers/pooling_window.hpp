#pragma once

#include <algorithm>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// The window of a pooling layer: kernel × kernel pixels, every `stride` pixels, over an image with `padding`
/// pixels added on every side.
///
/// **Shapes** C×H×W becomes C×H'×W' with H' = ⌊(H + 2·padding − kernel) / stride⌋ + 1, and W' alike.
/// **Errors** `ConfigError` unless kernel >= 1, stride >= 1 and 0 <= padding <= kernel/2; `ShapeError` for an
/// image that is smaller than the kernel.
struct PoolingWindow {
  Index kernel;
  Index stride;
  Index padding;

  /// The plan of a pooling layer with this window, checked.
  LayerPlan plan(const Shape& input, const Place& place, std::string_view kind) const;

  /// An input pixel under the window of an output pixel.
  struct Cell {
    Index output;  ///< pixel of the output, row by row
    Index input;   ///< pixel of the input
    Index place;   ///< which pixel of the window, row by row
    bool first;    ///< whether it is the output pixel's first one
  };

  /// Calls f(cell) for all cells inside the image, window by window, in PyTorch's order.
  template <class F>
  void for_each_cell(const Shape& input, const F& f) const {
    Index output = 0;
    for (Index top = -padding; top <= input.height + padding - kernel; top += stride)
      for (Index left = -padding; left <= input.width + padding - kernel; left += stride, ++output) {
        bool first = true;
        for (Index h = std::max<Index>(top, 0); h < std::min(top + kernel, input.height); ++h)
          for (Index w = std::max<Index>(left, 0); w < std::min(left + kernel, input.width); ++w) {
            f(Cell{output, h * input.width + w, (h - top) * kernel + (w - left), first});
            first = false;
          }
      }
  }

 private:
  Index steps(Index extent) const { return (extent + 2 * padding - kernel) / stride + 1; }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan PoolingWindow::plan(const Shape& input, const Place& place,
                                                std::string_view kind) const {
  if (kernel < 1 || stride < 1 || padding < 0 || padding > kernel / 2 || kernel > max_factor ||
      stride > max_factor)
    fail<ConfigError>(
        "{} ({}): needs kernel and stride in [1, {}] and 0 <= padding <= kernel/2, got {}, {}, {}", place,
        kind, max_factor, kernel, stride, padding);
  const Index smallest = kernel - 2 * padding;
  if (input.height < smallest || input.width < smallest)
    fail_input(place, kind, format_message("of at least {}×{} pixels", smallest, smallest), input);
  return LayerPlan(place, kind, input, {input.channels, steps(input.height), steps(input.width)});
}

#endif

}  // namespace eigenerate
