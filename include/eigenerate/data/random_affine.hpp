#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/detail/pixel_map.hpp"
#include "eigenerate/data/sample_transform.hpp"

namespace eigenerate::data {

/// From which intervals `random_affine` draws, each number uniformly; an interval of one number is that
/// number.
struct AffineRanges {
  ValueRange turn{-15, 15};       ///< in degrees, clockwise
  ValueRange slant{-10, 10};      ///< in degrees: how far uprights lean to the right
  ValueRange scale{0.9, 1.1};     ///< 2 makes things twice as large
  ValueRange shift{-0.08, 0.08};  ///< of the height, and again of the width
  double mirrored = 0;            ///< the share of images that are mirrored left to right before all else

  /// Throws `ConfigError` for intervals that mean nothing.
  void validate() const {
    const auto require = [](const char* name, const ValueRange& range, const ValueRange& within) {
      if (!(range.low <= range.high && within.contains(range) && !range.integers))
        fail<ConfigError>("random_affine: expected an interval of {} within {}, got {}", name,
                          to_string(within), to_string(range));
    };
    require("turn", turn, {-360, 360});
    require("slant", slant, {-80, 80});
    require("scale", scale, {0.01, 100});
    require("shift", shift, {-1, 1});
    if (!(mirrored >= 0 && mirrored <= 1))
      fail<ConfigError>("random_affine: expected a share of mirrored images in [0, 1], got {}", mirrored);
  }

  /// One draw for images of that shape: what takes back the shift, then the turn, the scale, the slant and
  /// the mirror.
  detail::PixelMap draw(const Shape& shape, const RandomStream& random) const;
};

inline detail::PixelMap AffineRanges::draw(const Shape& shape, const RandomStream& random) const {
  std::array<double, 6> u;  // in (0, 1)
  for (std::size_t i = 0; i < u.size(); ++i) u[i] = to_unit_interval<double>(random.words(i / 4)[i % 4]);
  const auto drawn = [](const ValueRange& range, double from) {
    return range.low + (range.high - range.low) * from;
  };
  constexpr double degree = std::numbers::pi / 180;
  const double angle = degree * drawn(turn, u[0]), lean = std::tan(degree * drawn(slant, u[1])),
               size = drawn(scale, u[2]), down = drawn(shift, u[3]) * static_cast<double>(shape.height),
               right = drawn(shift, u[4]) * static_cast<double>(shape.width),
               mirror = u[5] < mirrored ? -1 : 1;
  // y grows downwards, so that a slant by which upper parts move to the right is x − lean · y.
  const double c = std::cos(angle) / size, s = std::sin(angle) / size;
  detail::PixelMap map{mirror * (c - lean * s), mirror * (s + lean * c), -s, c};
  map.x = -(map.xx * right + map.xy * down);
  map.y = -(map.yx * right + map.yy * down);
  return map;
}

/// Images that are mirrored, slanted, scaled, turned about their middle and shifted at random, anew in every
/// epoch: the classical augmentation of few images. What comes in from outside has the lowest value of the
/// dataset's range, black.
///
/// The draw depends on (seed, epoch, sample) alone.
///
/// **Cost** an image: four multiply-adds a value, and a copy in memory of its own.
/// **Errors** `ConfigError` for intervals that mean nothing.
/// **Numerics** positions and sums in double. Bilinear, as PyTorch's `grid_sample` with its defaults
/// (torchvision's `RandomAffine` takes the nearest pixel unless told otherwise): images become softer.
/// **Source** Simard, Steinkraus & Platt 2003, "Best practices for convolutional neural networks", section 2.
inline Dataset random_affine(const Dataset& images, std::uint64_t seed, const AffineRanges& ranges = {}) {
  ranges.validate();
  const ValueRange range = images.value_range();
  return images.transformed(
      SampleTransform(
          [ranges, shape = images.sample_shape(), seed, black = range.low](auto image, const SampleKey& key) {
            using S = typename decltype(image)::value_type;
            const RandomStream random = RandomStream{seed, Purpose::user}
                                            .lane(static_cast<std::uint64_t>(key.sample))
                                            .at(static_cast<std::uint64_t>(key.epoch));
            const std::vector<S> before(image.begin(), image.end());
            detail::move_pixels<S>(ranges.draw(shape, random), shape, before, static_cast<S>(black), image);
          }),
      ValueRange{range.low, range.high});
}

}  // namespace eigenerate::data
