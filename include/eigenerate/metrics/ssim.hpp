#pragma once

#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// Structural similarities: their mean over images and each of them.
struct Ssim : Estimate {
  std::vector<double> of_image;
};

/// The structural similarity of images and their references: of each channel's luminance, contrast and
/// structure under a window that visits all its places inside of the image, the mean over places and
/// channels. 1 of equal images only.
///
/// With means µ, variances σ² and covariance σ_xy under a Gaussian window of 11×11 pixels and deviation 1.5,
/// L the extent of `range`, which is that of the values (black and white), c₁ = (0.01 L)² and c₂ = (0.03 L)²:
/// `(2 µ_x µ_y + c₁)(2 σ_xy + c₂) / ((µ_x² + µ_y² + c₁)(σ_x² + σ_y² + c₂))`.
///
/// It is scikit-image's `structural_similarity` with `gaussian_weights=True, sigma=1.5,
/// use_sample_covariance=False`, and what torchmetrics and TensorFlow compute unless told otherwise.
///
/// **Shapes** images, references: C·H·W × n, channel-last, with H and W of at least 11.
/// **Cost** about 110 multiply-adds for each value, and no memory.
/// **Errors** `ShapeError` for no images, smaller ones, and references of another size or number;
/// `ConfigError` for a number that is not finite and a range without an extent.
/// **Numerics** moments in double.
/// **Source** Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13 to 17, with the authors' constants and without
/// their downsampling.
Ssim ssim(ConstView<float> images, ConstView<float> references, const Shape& shape,
          const ValueRange& range = {0, 1});

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <array>
#include <cmath>
#include <cstddef>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_image_pairs.hpp"

namespace eigenerate {

namespace detail {

/// The window of a structural similarity: the product of this row and this column, whose weights sum to 1.
struct SimilarityWindow {
  static constexpr Index size = 11;
  std::array<double, size> weights{};

  SimilarityWindow() {
    constexpr double deviation = 1.5;
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double from_center = static_cast<double>(i) - (size - 1) / 2;
      sum += weights[i] = std::exp(-from_center * from_center / (2 * deviation * deviation));
    }
    for (double& weight : weights) weight /= sum;
  }
};

/// Weighted means of x, y, x², y² and xy.
struct PairMoments {
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;

  void add(double weight, const PairMoments& m) {
    x += weight * m.x;
    y += weight * m.y;
    xx += weight * m.xx;
    yy += weight * m.yy;
    xy += weight * m.xy;
  }
  double similarity(double c1, double c2) const {
    const double variances = (xx - x * x) + (yy - y * y), covariance = xy - x * y;
    return (2 * x * y + c1) * (2 * covariance + c2) / ((x * x + y * y + c1) * (variances + c2));
  }
};

/// The mean similarity of one channel of two images; their first values are at x and y.
inline double structural_similarity(const float* x, const float* y, const Shape& shape,
                                    const SimilarityWindow& window, double c1, double c2) {
  constexpr Index size = SimilarityWindow::size;
  const Index places_down = shape.height - size + 1, places_right = shape.width - size + 1;
  double sum = 0;
  for (Index top = 0; top < places_down; ++top) {
    std::array<PairMoments, size> columns;  // of the last columns of the image, summed downwards
    for (Index w = 0; w < shape.width; ++w) {
      PairMoments& column = columns[static_cast<std::size_t>(w % size)];
      column = {};
      for (Index k = 0; k < size; ++k) {
        const Index at = shape.channels * (shape.width * (top + k) + w);
        const double a = x[at], b = y[at];
        column.add(window.weights[static_cast<std::size_t>(k)], {a, b, a * a, b * b, a * b});
      }
      const Index left = w - size + 1;
      if (left < 0) continue;
      PairMoments moments;
      for (Index k = 0; k < size; ++k)
        moments.add(window.weights[static_cast<std::size_t>(k)],
                    columns[static_cast<std::size_t>((left + k) % size)]);
      sum += moments.similarity(c1, c2);
    }
  }
  return sum / static_cast<double>(places_down * places_right);
}

}  // namespace detail

EIGENERATE_INLINE Ssim ssim(ConstView<float> images, ConstView<float> references, const Shape& shape,
                            const ValueRange& range) {
  const double extent = detail::require_image_pairs("ssim", images, references, range);
  constexpr Index size = detail::SimilarityWindow::size;
  if (images.rows() != shape.size() || shape.height < size || shape.width < size)
    fail<ShapeError>(
        "ssim: expected images of at least {}×{} pixels, as many values as their shape {}, got {}", size,
        size, to_string(shape), images.rows());
  const double k1 = 0.01 * extent, k2 = 0.03 * extent;
  const detail::SimilarityWindow window;
  Ssim result;
  result.of_image.resize(static_cast<std::size_t>(images.cols()));
  kernels::for_each_item(images.cols(), images.rows() * 10 * size, [&](Index i) {
    double& similarity = result.of_image[static_cast<std::size_t>(i)];
    for (Index c = 0; c < shape.channels; ++c) {
      const Index at = i * images.rows() + c;
      similarity += detail::structural_similarity(images.data() + at, references.data() + at, shape, window,
                                                  k1 * k1, k2 * k2) /
                    static_cast<double>(shape.channels);
    }
  });
  static_cast<Estimate&>(result) = mean_of(result.of_image);
  return result;
}

}  // namespace eigenerate

#endif
