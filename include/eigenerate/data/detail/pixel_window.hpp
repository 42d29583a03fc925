#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "eigenerate/core/types.hpp"
#include "eigenerate/data/resampling.hpp"

namespace eigenerate::data::detail {

/// A kernel of resampling, at a distance in pixels, and how far it reaches.
struct ResamplingKernel {
  Resampling how;

  double radius() const { return how == Resampling::bicubic ? 2 : how == Resampling::bilinear ? 1 : 0.5; }
  double operator()(double distance) const {
    const double x = std::abs(distance);
    if (x >= radius()) return 0;
    if (how == Resampling::area) return 1;
    if (how == Resampling::bilinear) return 1 - x;
    constexpr double a = -0.5;
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return (((x - 5) * x + 8) * x - 4) * a;
  }
};

/// The pixels of a line that one pixel of a resampled line is made of: of all within reach of the kernel,
/// which is as wide as the coarser of both lines asks for.
struct PixelWindow {
  Index first = 0;
  std::vector<double> weights = {};  ///< they sum to 1

  /// Of pixel `place` among `size` that show the part [start, start + extent) of a line of `limit` pixels.
  PixelWindow(Index place, Index size, double start, double extent, Index limit, Resampling how) {
    const ResamplingKernel kernel{how};
    const double step = extent / static_cast<double>(size), widened = std::max(step, 1.0);
    const double center = start + (static_cast<double>(place) + 0.5) * step;
    const double reach = kernel.radius() * widened;
    first = std::max(Index{0}, static_cast<Index>(std::floor(center - reach + 0.5)));
    const Index end = std::min(limit, static_cast<Index>(std::floor(center + reach + 0.5)));
    double sum = 0;
    for (Index pixel = first; pixel < end; ++pixel) {
      weights.push_back(kernel((static_cast<double>(pixel) + 0.5 - center) / widened));
      sum += weights.back();
    }
    for (double& weight : weights) weight /= sum;
  }
};

/// Those of all pixels of a line that shows the whole of another one.
inline std::vector<PixelWindow> pixel_windows(Index from, Index to, Resampling how) {
  std::vector<PixelWindow> windows;
  for (Index i = 0; i < to; ++i) windows.emplace_back(i, to, 0, static_cast<double>(from), from, how);
  return windows;
}

}  // namespace eigenerate::data::detail
