#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// The variance of an image's Laplacian over its pixels, mean over channels and images: low for blurred ones.
/// It is a scale only beside the same of real images with the same range of values; noise raises it too.
///
/// The Laplacian is the sum of the four neighbors less four times the pixel, on pixels with four neighbors.
/// The error is that of a mean over images.
///
/// **Shapes** images: C·H·W × n, channel-last, with H and W of at least 3.
/// **Errors** `ShapeError` for other sizes and no images, `ConfigError` for a number that is not finite.
/// **Source** Pech-Pacheco et al. 2000; as in Heusel et al. 2018 for generated images.
Estimate sharpness(ConstView<float> images, const Shape& shape);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <vector>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

EIGENERATE_INLINE Estimate sharpness(ConstView<float> images, const Shape& shape) {
  detail::require_features("sharpness", "images", images);
  if (images.rows() != shape.size() || shape.height < 3 || shape.width < 3)
    fail<ShapeError>(
        "sharpness: expected images of at least 3×3 pixels, as many values as their shape {}, got {}",
        to_string(shape), images.rows());
  const Index right = shape.channels, down = shape.channels * shape.width;
  std::vector<double> variances(static_cast<std::size_t>(images.cols()));
  kernels::for_each_item(images.cols(), images.rows() * 8, [&](Index i) {
    const float* const image = images.data() + i * images.rows();
    const double n = static_cast<double>((shape.height - 2) * (shape.width - 2));
    double& variance = variances[static_cast<std::size_t>(i)];
    for (Index c = 0; c < shape.channels; ++c) {
      const auto for_each_laplacian = [&](auto&& f) {
        for (Index y = 1; y + 1 < shape.height; ++y)
          for (Index x = 1; x + 1 < shape.width; ++x) {
            const float* const p = image + y * down + x * right + c;
            f(double{p[right]} + double{p[-right]} + double{p[down]} + double{p[-down]} - 4 * double{*p});
          }
      };
      double mean = 0, squares = 0;
      for_each_laplacian([&](double l) { mean += l / n; });
      for_each_laplacian([&](double l) { squares += (l - mean) * (l - mean); });
      variance += squares / n / static_cast<double>(shape.channels);
    }
  });
  return mean_of(variances);
}

}  // namespace eigenerate

#endif
