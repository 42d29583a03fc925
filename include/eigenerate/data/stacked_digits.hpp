#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/data/dataset.hpp"

namespace eigenerate::data {

/// `n` images of three channels, each of them a gray image drawn at random from `digits`: with ten classes, a
/// thousand modes of equal shares (of classes that are equally large), which show what a generator leaves
/// out. The label is `a + c·b + c²·d` for the labels of the channels in order, with c classes.
///
/// **Shapes** digits: 1×H×W with labels; 3×H×W with c³ classes.
/// **Cost** memory of 3·H·W floats for each sample.
/// **Errors** `ShapeError` for images that are not gray, `ConfigError` for ones without labels and for less
/// than one sample.
/// **Source** Metz et al. 2017, section 3.3.1 ("stacked MNIST"), after Che et al. 2017.
Dataset stacked_digits(const Dataset& digits, Index n, std::uint64_t seed = 0);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE Dataset stacked_digits(const Dataset& digits, Index n, std::uint64_t seed) {
  const Shape& shape = digits.sample_shape();
  if (shape.channels != 1)
    fail<ShapeError>("stacked_digits: expected images of one channel, got {} of shape {}", digits.name(),
                     to_string(shape));
  if (!digits.has_labels()) fail<ConfigError>("stacked_digits: {} has no labels", digits.name());
  if (n < 1) fail<ConfigError>("stacked_digits: expected at least one sample, got {}", n);
  constexpr Index channels = 3;
  const RandomStream stream{seed, Purpose::toy_data};
  const Index pixels = shape.size(), classes = digits.classes();
  Matrix<float> images(channels * pixels, n);
  std::vector<int> labels(static_cast<std::size_t>(n));
  Vector<float> digit(pixels);
  for (Index i = 0; i < n; ++i)
    for (Index c = 0, place = 1; c < channels; ++c, place *= classes) {
      const auto chosen = static_cast<Index>(uniform_below(static_cast<std::uint64_t>(digits.size()),
                                                           stream.lane(static_cast<std::uint64_t>(c)),
                                                           static_cast<std::uint64_t>(i)));
      digits.gather<float>({&chosen, 1}, View<float>(digit.data(), pixels, 1));
      for (Index p = 0; p < pixels; ++p) images(p * channels + c, i) = digit[p];
      labels[static_cast<std::size_t>(i)] += static_cast<int>(place) * digits.label(chosen);
    }
  return Dataset("stacked " + digits.name(), {channels, shape.height, shape.width}, std::move(images),
                 std::move(labels), classes * classes * classes, digits.value_range());
}

#endif

}  // namespace eigenerate::data
