#pragma once

#include <array>
#include <cstddef>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/byte_scale.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/sample_transform.hpp"

namespace eigenerate::data {

/// The interval that the gray levels 0 … 255 become: [0, 1] for Bernoulli decoders, [-1, 1] for tanh
/// generators.
enum class PixelRange { unit, signed_unit };

/// The value of each gray level, with the very roundings of torchvision's `ToTensor` (x / 255), and for
/// `signed_unit` of `Normalize(0.5, 0.5)` after it.
std::array<float, 256> gray_levels(PixelRange range);

/// The interval as numbers.
constexpr ValueRange value_range(PixelRange range) {
  return range == PixelRange::unit ? ValueRange{0, 1} : ValueRange{-1, 1};
}

/// What bytes of that meaning stand for: the same numbers, bit for bit, as `gray_levels`.
constexpr ByteScale byte_scale(PixelRange range) {
  return range == PixelRange::unit ? ByteScale{.divisor = 255} : ByteScale{255, 0.5f, 2};
}

/// Samples of [0, 1] moved to [-1, 1] while they are gathered.
Dataset scale_to_signed(const Dataset& dataset);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE std::array<float, 256> gray_levels(PixelRange range) {
  std::array<float, 256> levels;
  for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = byte_scale(range)(static_cast<float>(i));
  return levels;
}

EIGENERATE_INLINE Dataset scale_to_signed(const Dataset& dataset) {
  return dataset.transformed(SampleTransform([](auto sample, const SampleKey&) {
                               for (auto& x : sample) x = 2 * x - 1;
                             }),
                             value_range(PixelRange::signed_unit));
}

#endif

}  // namespace eigenerate::data
