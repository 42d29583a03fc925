#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numbers>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/factors.hpp"
#include "eigenerate/data/shuffle.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::data {

/// Options of sprites. The usual factors are those of dSprites: 737,280 images.
struct SpriteOptions {
  Index side = 32;  ///< pixels of an image's edge
  Index scales = 6, orientations = 40;
  Index positions = 32;  ///< across, and as many down
  Index samples = 0;     ///< so many of all combinations, drawn without replacement; 0: all, in order
  std::uint64_t seed = 0;

  /// `ConfigError` for values out of range.
  void validate() const;
  /// How many values the factors have, in the order of `sprite_factors`.
  std::array<Index, 5> counts() const { return {3, scales, orientations, positions, positions}; }
};

/// What the rows of `Sprites::factors` are. Shapes are a square, an ellipse and a heart; orientations are
/// turns of 2π by their number. A square looks the same after a quarter of these, an ellipse after a half.
inline constexpr std::array<std::string_view, 5> sprite_factors{"shape", "scale", "orientation", "x", "y"};

/// Images, and the factors from which they were made.
struct Sprites {
  Dataset images;
  Factors factors;  ///< 5 × n
};

/// Images of the sprites with these factors.
///
/// A pixel is 1 where its center lies in the sprite, else 0. All that decides it is computed in integers
/// (lengths in 1/256 of a pixel, sines and cosines in 2⁻¹⁴, then 1/512 of the sprite's size), so that every
/// machine draws the same bytes; sines come from the C library, and none lies near enough to the middle of
/// two such numbers for libraries to disagree.
///
/// **Shapes** factors: 5 × n → side² × n.
/// **Errors** `ConfigError` for factors out of range.
inline Matrix<float> render_sprites(const Factors& factors, const SpriteOptions& options = {});

/// White shapes on black, of every combination of shape, scale, orientation and place, or of some of them:
/// what disentanglement is measured on.
///
/// Centers lie evenly in the middle half of the image, across and down; sizes lie evenly between half the
/// largest, which fits at every place, and that. Of all combinations the last factor runs fastest.
///
/// **Shapes** images 1 × side × side.
/// **Cost** 4·side² bytes for each image: of all usual ones 3 GB at 32 × 32.
/// **Errors** `ConfigError` as `SpriteOptions`, and for more samples than there are combinations.
/// **Source** after Matthey, Higgins, Hassabis & Lerchner 2017, "dSprites", whose files it does not read: the
/// same factors, other pixels.
inline Sprites make_sprites(const SpriteOptions& options = {});

inline void SpriteOptions::validate() const {
  if (side < 8 || side > 256) fail<ConfigError>("make_sprites: expected a side in [8, 256], got {}", side);
  const auto require = [](const char* name, Index count) {
    if (count < 1 || count > 360)
      fail<ConfigError>("make_sprites: expected 1 to 360 {}, got {}", name, count);
  };
  require("scales", scales);
  require("orientations", orientations);
  require("positions", positions);
}

namespace detail {

/// A sprite in integers: lengths in 1/256 of a pixel, the turn's cosine and sine in 2⁻¹⁴.
class Sprite {
 public:
  Sprite(const int* factors, const SpriteOptions& o)
      : shape_(factors[0]),
        size_(o.side * largest * (o.scales == 1 ? 2 : o.scales - 1 + factors[1]) /
              std::max<Index>(2 * (o.scales - 1), 2)),
        cosine_(in_fixed_point(std::cos(angle(factors[2], o)))),
        sine_(in_fixed_point(std::sin(angle(factors[2], o)))),
        x_(center(factors[3], o)),
        y_(center(factors[4], o)) {}

  bool holds(Index column, Index row) const {
    const std::int64_t dx = 256 * column + 128 - x_, dy = 256 * row + 128 - y_;
    // Turned back, and relative to the size: `unit` is the square's half edge.
    const std::int64_t u = (dx * cosine_ + dy * sine_) * unit / (size_ * one),
                       v = (dx * sine_ - dy * cosine_) * unit / (size_ * one);  // v points up
    if (std::max(std::abs(u), std::abs(v)) > 725) return false;                 // √2 · unit
    if (shape_ == 0) return std::max(std::abs(u), std::abs(v)) <= unit;
    if (shape_ == 1) return u * u + 4 * v * v <= 666 * 666;
    // A square on its corner, and a circle on each of its upper edges.
    const std::int64_t across = 2 * std::abs(u) - unit, up = 2 * v - unit;
    return std::abs(u) + std::abs(v) <= unit || across * across + up * up <= 2 * unit * unit;
  }

 private:
  static constexpr std::int64_t one = 1 << 14, unit = 512;
  // Half an edge at scale 1, for a side of 256: √2 of it, from a quarter of the side, leaves the border
  // black.
  static constexpr Index largest = 42;

  static std::int64_t in_fixed_point(double x) { return std::llround(x * static_cast<double>(one)); }
  static double angle(int orientation, const SpriteOptions& o) {
    return 2 * std::numbers::pi * orientation / static_cast<double>(o.orientations);
  }
  static std::int64_t center(int position, const SpriteOptions& o) {
    return o.positions == 1 ? 128 * o.side : 64 * o.side + 128 * o.side * position / (o.positions - 1);
  }

  int shape_;
  std::int64_t size_, cosine_, sine_, x_, y_;
};

}  // namespace detail

inline Matrix<float> render_sprites(const Factors& factors, const SpriteOptions& options) {
  options.validate();
  const auto counts = options.counts();
  if (factors.rows() != 5) fail<ConfigError>("render_sprites: expected 5 factors, got {}", factors.rows());
  for (Index j = 0; j < factors.cols(); ++j)
    for (Index f = 0; f < 5; ++f)
      if (factors(f, j) < 0 || factors(f, j) >= counts[static_cast<std::size_t>(f)])
        fail<ConfigError>("render_sprites: expected {} in [0, {}), got {}",
                          sprite_factors[static_cast<std::size_t>(f)], counts[static_cast<std::size_t>(f)],
                          factors(f, j));
  const Index side = options.side;
  Matrix<float> images(side * side, factors.cols());
  kernels::for_each_item(factors.cols(), 8 * side * side, [&](Index j) {
    const detail::Sprite sprite(factors.col(j).data(), options);
    for (Index row = 0; row < side; ++row)
      for (Index column = 0; column < side; ++column)
        images(row * side + column, j) = sprite.holds(column, row) ? 1 : 0;
  });
  return images;
}

inline Sprites make_sprites(const SpriteOptions& options) {
  options.validate();
  const auto counts = options.counts();
  const Index all = std::accumulate(counts.begin(), counts.end(), Index{1}, std::multiplies<>{});
  if (options.samples < 0 || options.samples > all)
    fail<ConfigError>("make_sprites: expected up to {} samples, all combinations, got {}", all,
                      options.samples);
  std::vector<Index> order(static_cast<std::size_t>(all));
  if (options.samples > 0)
    random_permutation(order, RandomStream{options.seed, Purpose::toy_data});
  else
    std::iota(order.begin(), order.end(), Index{0});
  Factors factors(5, options.samples > 0 ? options.samples : all);
  for (Index j = 0; j < factors.cols(); ++j)
    for (Index f = 4, rest = order[static_cast<std::size_t>(j)]; f >= 0; --f) {
      const Index count = counts[static_cast<std::size_t>(f)];
      factors(f, j) = static_cast<int>(rest % count);
      rest /= count;
    }
  Matrix<float> images = render_sprites(factors, options);
  return {
      Dataset("sprites", {1, options.side, options.side}, std::move(images), {}, 0, ValueRange{0, 1, true}),
      std::move(factors)};
}

}  // namespace eigenerate::data
