#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eigenerate/data/detail/pixel_window.hpp"
#include "eigenerate/io/bitmap.hpp"

namespace eigenerate::data::detail {

/// The part of a picture that is shown, in pixels of it.
struct Window {
  double left = 0, top = 0, width = 0, height = 0;
};

/// A window of a picture as one of another size: bilinear where it grows, averaged with the same triangle,
/// widened, where it shrinks, so that nothing is skipped.
///
/// **Cost** of each output pixel, both extents of the triangle; rows first.
/// **Source** PIL's `Image.resize` with `BILINEAR`, PyTorch's `interpolate` with `antialias`, which weigh the
/// same.
inline Bitmap resample(const Bitmap& picture, const Window& window, Index width, Index height) {
  const Index channels = picture.channels;
  std::vector<float> wide(static_cast<std::size_t>(picture.height * width * channels));
  for (Index x = 0; x < width; ++x) {
    const PixelWindow taps(x, width, window.left, window.width, picture.width, Resampling::bilinear);
    for (Index y = 0; y < picture.height; ++y)
      for (Index c = 0; c < channels; ++c) {
        float sum = 0;
        const std::uint8_t* in = picture.pixel(y, taps.first) + c;
        for (const double weight : taps.weights) {
          sum += static_cast<float>(weight) * static_cast<float>(*in);
          in += channels;
        }
        wide[static_cast<std::size_t>((y * width + x) * channels + c)] = sum;
      }
  }
  Bitmap out{width, height, channels, {}};
  out.bytes.reserve(static_cast<std::size_t>(width * height * channels));
  const Index row = width * channels;
  for (Index y = 0; y < height; ++y) {
    const PixelWindow taps(y, height, window.top, window.height, picture.height, Resampling::bilinear);
    for (Index i = 0; i < row; ++i) {
      float sum = 0;
      const float* in = wide.data() + taps.first * row + i;
      for (const double weight : taps.weights) {
        sum += static_cast<float>(weight) * *in;
        in += row;
      }
      out.bytes.push_back(static_cast<std::uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f)));
    }
  }
  return out;
}

}  // namespace eigenerate::data::detail
