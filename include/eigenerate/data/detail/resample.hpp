#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "eigenerate/io/bitmap.hpp"

namespace eigenerate::data::detail {

/// The part of a picture that is shown, in pixels of it.
struct Window {
  double left = 0, top = 0, width = 0, height = 0;
};

/// Which pixels of a line make one pixel of a resampled line, and with what weights: a triangle as wide as
/// one pixel of the coarser of both lines on either side.
struct Taps {
  Index first = 0;
  std::vector<float> weights;

  Taps(Index pixel, Index size, double start, double extent, Index limit) {
    const double step = extent / static_cast<double>(size), reach = std::max(step, 1.0);
    const double center = start + (static_cast<double>(pixel) + 0.5) * step;
    first = std::max(Index{0}, static_cast<Index>(std::floor(center - reach + 0.5)));
    const Index last = std::min(limit, static_cast<Index>(std::floor(center + reach + 0.5)));
    double sum = 0;
    std::vector<double> exact;
    for (Index i = first; i < last; ++i) {
      exact.push_back(std::max(0.0, 1 - std::abs(static_cast<double>(i) + 0.5 - center) / reach));
      sum += exact.back();
    }
    for (const double weight : exact) weights.push_back(static_cast<float>(weight / sum));
  }
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
    const Taps taps(x, width, window.left, window.width, picture.width);
    for (Index y = 0; y < picture.height; ++y)
      for (Index c = 0; c < channels; ++c) {
        float sum = 0;
        const std::uint8_t* in = picture.pixel(y, taps.first) + c;
        for (const float weight : taps.weights) {
          sum += weight * static_cast<float>(*in);
          in += channels;
        }
        wide[static_cast<std::size_t>((y * width + x) * channels + c)] = sum;
      }
  }
  Bitmap out{width, height, channels, {}};
  out.bytes.reserve(static_cast<std::size_t>(width * height * channels));
  const Index row = width * channels;
  for (Index y = 0; y < height; ++y) {
    const Taps taps(y, height, window.top, window.height, picture.height);
    for (Index i = 0; i < row; ++i) {
      float sum = 0;
      const float* in = wide.data() + taps.first * row + i;
      for (const float weight : taps.weights) {
        sum += weight * *in;
        in += row;
      }
      out.bytes.push_back(static_cast<std::uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f)));
    }
  }
  return out;
}

}  // namespace eigenerate::data::detail
