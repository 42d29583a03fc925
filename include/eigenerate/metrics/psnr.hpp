#pragma once

#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// Peak signal-to-noise ratios in dB: their mean over images, which is what papers print, each of them, and
/// that of all images together.
struct Psnr : Estimate {
  std::vector<double> of_image;
  Estimate pooled;  ///< of the squared error of all images, its error by the delta method
};

/// The peak signal-to-noise ratio of images against their references, `10 log₁₀(L² / mean (x − y)²)`, with L
/// the extent of `range`, which is that of the values: black and white. Values beyond it are not cut off.
///
/// `of_image` is scikit-image's `peak_signal_noise_ratio` of each pair, `pooled` what torchmetrics'
/// `PeakSignalNoiseRatio` says of all. The latter is the lower one, and the worst images decide it.
///
/// An image equal to its reference has an infinite ratio, here as there, and then the mean is infinite, with
/// an error of zero, which is none; `pooled` is finite until all images are equal.
///
/// **Shapes** images, references: features × n, any order of the values.
/// **Errors** `ShapeError` for no images and for references of another size or number, `ConfigError` for a
/// number that is not finite and a range without an extent.
/// **Numerics** squared errors in double.
Psnr psnr(ConstView<float> images, ConstView<float> references, const ValueRange& range = {0, 1});

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <cmath>
#include <cstddef>
#include <numbers>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_image_pairs.hpp"

namespace eigenerate {

EIGENERATE_INLINE Psnr psnr(ConstView<float> images, ConstView<float> references, const ValueRange& range) {
  const double extent = detail::require_image_pairs("psnr", images, references, range);
  const auto decibel = [extent](double squared_error) {
    return -10 * std::log10(squared_error / (extent * extent));  // of zero: infinite
  };
  std::vector<double> squared_errors(static_cast<std::size_t>(images.cols()));
  kernels::for_each_item(images.cols(), images.rows(), [&](Index i) {
    squared_errors[static_cast<std::size_t>(i)] =
        (images.col(i).cast<double>() - references.col(i).cast<double>()).squaredNorm() /
        static_cast<double>(images.rows());
  });
  Psnr result;
  bool some_are_equal = false;
  for (const double e : squared_errors) {
    result.of_image.push_back(decibel(e));
    some_are_equal = some_are_equal || e == 0;
  }
  static_cast<Estimate&>(result) = some_are_equal ? Estimate{decibel(0), 0} : mean_of(result.of_image);
  const Estimate pooled = mean_of(squared_errors);
  result.pooled.value = decibel(pooled.value);
  if (pooled.value > 0)
    result.pooled.standard_error = 10 / std::numbers::ln10 * pooled.standard_error / pooled.value;
  return result;
}

}  // namespace eigenerate

#endif
