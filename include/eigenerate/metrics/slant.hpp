#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// Slants in degrees: their mean over images and that of each of them.
struct Slant : Estimate {
  std::vector<double> of_image;
};

/// How far a drawing leans to the right: the shear by which digits are deskewed, −µ₁₁/µ₀₂ of the central
/// moments of its ink (rows are counted downwards), as the angle whose tangent that is. An upright bar has
/// 0°, one from the lower left to the upper right corner of a square 45°, and so has a drawing that was
/// upright before it was sheared by as much.
///
/// The ink of a pixel is its value above the low end of the range. An image without ink, or with all of it in
/// one row, leans to no side: its slant is 0.
///
/// **Shapes** images: H·W × n, of one channel.
/// **Errors** `ShapeError` for other sizes and no images, `ConfigError` for a number that is not finite and a
/// range without an extent.
/// **Numerics** sums in double; values below the range count as none, as an ink cannot be negative. Classes
/// of drawings have slants of their own (a 7 leans more than a 0): compare within a class.
/// **Source** Hu 1962, moments; LeCun et al. 1998, section III, for digits.
inline Slant slant(ConstView<float> images, const Shape& shape, const ValueRange& range = {0, 1}) {
  detail::require_features("slant", "images", images);
  if (shape.channels != 1 || images.rows() != shape.size())
    fail<ShapeError>("slant: expected images of one channel, as many values as their shape {}, got {}",
                     to_string(shape), images.rows());
  if (!(range.is_bounded() && range.low < range.high))
    fail<ConfigError>("slant: expected a range from black to white, got {}", to_string(range));
  Slant result;
  result.of_image.resize(static_cast<std::size_t>(images.cols()));
  kernels::for_each_item(images.cols(), images.rows() * 8, [&](Index i) {
    const float* const image = images.data() + i * images.rows();
    const auto sum_of = [&](auto&& f) {
      double sum = 0;
      for (Index y = 0; y < shape.height; ++y)
        for (Index x = 0; x < shape.width; ++x) {
          const double ink = static_cast<double>(image[y * shape.width + x]) - range.low;
          if (ink > 0) sum += ink * f(static_cast<double>(y), static_cast<double>(x));
        }
      return sum;
    };
    const double ink = sum_of([](double, double) { return 1.0; });
    double& degrees = result.of_image[static_cast<std::size_t>(i)];
    if (!(ink > 0)) return;
    const double middle_y = sum_of([](double y, double) { return y; }) / ink,
                 middle_x = sum_of([](double, double x) { return x; }) / ink;
    const double mixed = sum_of([&](double y, double x) { return (y - middle_y) * (x - middle_x); }),
                 upright = sum_of([&](double y, double) { return (y - middle_y) * (y - middle_y); });
    // Rounding leaves a little of an ink that lies in one row.
    if (upright > 1e-9 * ink) degrees = std::atan(-mixed / upright) * 180 / std::numbers::pi;
  });
  static_cast<Estimate&>(result) = mean_of(result.of_image);
  return result;
}

}  // namespace eigenerate
