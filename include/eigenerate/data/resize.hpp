#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/resampling.hpp"
#include "eigenerate/layers/height_width.hpp"

namespace eigenerate::data {

/// Images in another size: what is learned from in super-resolution, and the baseline it is compared with.
///
/// As in Pillow's `resize` (`BILINEAR`, `BICUBIC`, `BOX`), PyTorch's `interpolate(…, antialias=True)` and,
/// away from the borders, MATLAB's `imresize`: where an image shrinks, windows grow by as much, so that no
/// pixel is left out and nothing aliases. (Without `antialias`, PyTorch and OpenCV do not do that, and their
/// cubic has a = −0.75.) Windows end at the border and their weights always sum to 1; those of a cubic may be
/// negative, and its values leave the range of the pixels.
///
/// **Shapes** images: C·H·W × n, channel-last; the result: C·size.height·size.width × n.
/// **Cost** about 4 multiply-adds (bilinear) or 16 (bicubic) for each value of the larger image.
/// **Errors** `ShapeError` for images of another shape, `ConfigError` for a size without pixels, and for an
/// `area` that does not hold whole pixels.
/// **Numerics** sums in double.
/// **Source** Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 15.
Matrix<float> resize(ConstView<float> images, const Shape& shape, const HeightWidth& size, Resampling how);

/// The same of a dataset, whose transforms act as in epoch 0; with its labels and conditions. Values beyond
/// the smallest and the largest of the dataset are cut off.
Dataset resize(const Dataset& dataset, const HeightWidth& size, Resampling how);

}  // namespace eigenerate::data

#if EIGENERATE_DEFINES(DATA)

#include <algorithm>
#include <utility>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/data/detail/pixel_window.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::data {

EIGENERATE_INLINE Matrix<float> resize(ConstView<float> images, const Shape& shape, const HeightWidth& size,
                                       Resampling how) {
  if (images.rows() != shape.size())
    fail<ShapeError>("resize: expected images of shape {}, got {} values", to_string(shape), images.rows());
  const Shape resized{shape.channels, size.height, size.width};
  require_valid(shape, "resize");
  require_valid(resized, "resize");
  if (how == Resampling::area && (shape.height % size.height != 0 || shape.width % size.width != 0))
    fail<ConfigError>(
        "resize: by area, {} pixels expect a size that divides them, got {}; use bilinear or bicubic",
        to_string(HeightWidth{shape.height, shape.width}), to_string(size));
  const auto rows = detail::pixel_windows(shape.height, size.height, how);
  const auto columns = detail::pixel_windows(shape.width, size.width, how);
  Matrix<float> result(resized.size(), images.cols());
  kernels::for_each_item(images.cols(), 16 * std::max(shape.size(), resized.size()), [&](Index i) {
    const float* const image = images.data() + i * shape.size();
    float* out = result.data() + i * resized.size();
    for (const detail::PixelWindow& row : rows)
      for (const detail::PixelWindow& column : columns)
        for (Index c = 0; c < shape.channels; ++c) {
          double value = 0;
          const float* line = image + shape.channels * (shape.width * row.first + column.first) + c;
          for (const double vertical : row.weights) {
            double sum = 0;
            const float* pixel = line;
            for (const double horizontal : column.weights) {
              sum += horizontal * static_cast<double>(*pixel);
              pixel += shape.channels;
            }
            value += vertical * sum;
            line += shape.channels * shape.width;
          }
          *out++ = static_cast<float>(value);
        }
  });
  return result;
}

EIGENERATE_INLINE Dataset resize(const Dataset& dataset, const HeightWidth& size, Resampling how) {
  const Shape& shape = dataset.sample_shape();
  const ValueRange seen = dataset.observed_range(), range = dataset.value_range();
  const auto low = static_cast<float>(seen.low), high = static_cast<float>(seen.high);
  Matrix<float> samples;
  eigenerate::detail::in_portions<float>(dataset, 1024, false, [&](ConstView<float> x, auto&&, Index first) {
    const Matrix<float> resized = resize(x, shape, size, how);
    if (first == 0) samples.resize(resized.rows(), dataset.size());
    samples.middleCols(first, x.cols()) = resized.cwiseMax(low).cwiseMin(high);
  });
  const Dataset result(dataset.name(), {shape.channels, size.height, size.width}, std::move(samples),
                       dataset.labels(), dataset.classes(), ValueRange{range.low, range.high});
  return dataset.has_conditions() ? result.with_conditions(dataset.conditions()) : result;
}

}  // namespace eigenerate::data

#endif
