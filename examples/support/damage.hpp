#pragma once
// Images that are damaged: parts of them hidden, or noise on all of them.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "measures.hpp"

namespace examples {

/// Sides are 28 pixels.
enum class Damage { square, half, pixels, noise };
inline constexpr std::array damages{Damage::square, Damage::half, Damage::pixels, Damage::noise};

struct DamageOptions {
  Index square = 12;    ///< side of the square in the middle that is hidden
  double hidden = 0.8;  ///< the share of pixels that are hidden at random
  double noise = 0.5;   ///< standard deviation; nothing is cut off, so that its mean is zero
};

inline std::string name_of(Damage damage, const DamageOptions& o) {
  if (damage == Damage::square) return fmt::format("{0}×{0} pixels hidden", o.square);
  if (damage == Damage::half) return "lower half hidden";
  if (damage == Damage::pixels) return fmt::format("{:.3g} % hidden", 100 * o.hidden);
  return fmt::format("noise of {:.3g}", o.noise);
}

/// Damages an image whose values are pairs: a pixel, and 1 for its being seen.
template <class Pairs>
void do_damage(Damage damage, const DamageOptions& o, Pairs pairs, const RandomStream& random) {
  constexpr std::size_t side = 28;
  std::array<float, side * side> drawn{};
  if (damage == Damage::noise) fill_normal(drawn.data(), static_cast<Index>(drawn.size()), random);
  if (damage == Damage::pixels) fill_uniform(drawn.data(), static_cast<Index>(drawn.size()), random);
  const auto square = static_cast<std::size_t>(o.square), first = (side - square) / 2;
  for (std::size_t i = 0; i < side * side; ++i) {
    const std::size_t y = i / side, x = i % side;
    auto& pixel = pairs[2 * i];
    if (damage == Damage::noise) {
      pixel += static_cast<float>(o.noise) * drawn[i];
      continue;
    }
    const bool is_hidden = damage == Damage::square
                               ? y - first < square && x - first < square  // below first they wrap around
                           : damage == Damage::half ? y >= side / 2
                                                    : static_cast<double>(drawn[i]) < o.hidden;
    if (is_hidden) pixel = pairs[2 * i + 1] = 0;
  }
}

/// The images as pairs of pixels and ones.
inline Dataset with_ones(const Dataset& images) {
  const Matrix<float> x = all_of(images).pixels;
  Matrix<float> pairs = Matrix<float>::Ones(2 * x.rows(), x.cols());
  for (Index i = 0; i < x.rows(); ++i) pairs.row(2 * i) = x.row(i);
  return Dataset(images.name(), {2, 28, 28}, std::move(pairs), {}, 0, ValueRange{0, 1});
}

/// As pairs, with a damage of any kind, another one in every epoch.
inline Dataset damaged_at_random(const Dataset& images, const DamageOptions& o, std::uint64_t seed) {
  return with_ones(images).transformed(SampleTransform([o, seed](auto pairs, const SampleKey& key) {
    const RandomStream random = RandomStream{seed, Purpose::user}
                                    .lane(static_cast<std::uint64_t>(key.epoch))
                                    .lane(static_cast<std::uint64_t>(key.sample));
    do_damage(damages[random.lane(1).words(0)[0] % damages.size()], o, pairs, random.lane(0));
  }));
}

/// Images with one damage.
struct Damaged {
  std::string name;
  bool is_noise;
  Matrix<float> pixels, mask;

  Damaged(const Dataset& images, Damage damage, const DamageOptions& o, std::uint64_t seed)
      : name(name_of(damage, o)),
        is_noise(damage == Damage::noise),
        pixels(784, images.size()),
        mask(784, images.size()) {
    Matrix<float> pairs = all_of(with_ones(images)).pixels;
    for (Index i = 0; i < pairs.cols(); ++i) {
      do_damage(damage, o, pairs.col(i).data(),
                RandomStream{seed, Purpose::user}.lane(static_cast<std::uint64_t>(i)));
      for (Index p = 0; p < 784; ++p) {
        pixels(p, i) = pairs(2 * p, i);
        mask(p, i) = pairs(2 * p + 1, i);
      }
    }
  }

  Matrix<float> both() const {
    Matrix<float> pairs(2 * pixels.rows(), pixels.cols());
    for (Index p = 0; p < pixels.rows(); ++p) {
      pairs.row(2 * p) = pixels.row(p);
      pairs.row(2 * p + 1) = mask.row(p);
    }
    return pairs;
  }
  /// What is seen as it is, unless there is noise on it; the rest as it was made.
  Matrix<float> filled(const Matrix<float>& made) const {
    if (is_noise) return made;
    return mask.cwiseProduct(pixels) + (1 - mask.array()).matrix().cwiseProduct(made);
  }
};

/// Of every pixel the median of itself and its neighbors, as many as there are.
inline Matrix<float> median_filter(const Matrix<float>& images) {
  constexpr Index side = 28;
  Matrix<float> out(images.rows(), images.cols());
  std::vector<float> window;
  for (Index i = 0; i < images.cols(); ++i)
    for (Index y = 0; y < side; ++y)
      for (Index x = 0; x < side; ++x) {
        window.clear();
        for (Index v = std::max<Index>(0, y - 1); v <= std::min(side - 1, y + 1); ++v)
          for (Index u = std::max<Index>(0, x - 1); u <= std::min(side - 1, x + 1); ++u)
            window.push_back(images(v * side + u, i));
        const auto middle = window.begin() + static_cast<std::ptrdiff_t>(window.size() / 2);
        std::nth_element(window.begin(), middle, window.end());
        out(y * side + x, i) = *middle;
      }
  return out;
}

}  // namespace examples
