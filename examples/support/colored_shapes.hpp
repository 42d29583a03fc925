#pragma once
// Images in color whose factors are known.

#include <array>
#include <eigenerate/data/resize.hpp>
#include <eigenerate/data/sprites.hpp>
#include <utility>

#include "measures.hpp"

namespace examples {

/// Squares, ellipses and hearts of eight colors on four grounds, with smooth edges; values of [-1, 1].
inline Dataset colored_shapes(Index count, Index side, std::uint64_t seed) {
  const Shape image{3, side, side};
  constexpr std::array<std::array<float, 3>, 8> colors{{{0.9f, 0.1f, 0.1f},
                                                        {1.0f, 0.6f, 0.0f},
                                                        {0.95f, 0.9f, 0.1f},
                                                        {0.1f, 0.7f, 0.2f},
                                                        {0.1f, 0.7f, 0.8f},
                                                        {0.1f, 0.3f, 0.9f},
                                                        {0.6f, 0.2f, 0.8f},
                                                        {0.9f, 0.4f, 0.7f}}};
  constexpr std::array<std::array<float, 3>, 4> grounds{
      {{1.0f, 1.0f, 1.0f}, {0.8f, 0.9f, 1.0f}, {0.95f, 0.9f, 0.75f}, {0.15f, 0.15f, 0.2f}}};
  const Index drawn = 3 * side, shown = 2 * side;  // the middle of larger pictures, in half its size
  const Dataset shapes =
      data::make_sprites(
          {.side = drawn, .scales = 4, .orientations = 24, .positions = 12, .samples = count, .seed = seed})
          .images;
  const Matrix<float> whole = all_of(shapes).pixels;
  Matrix<float> middle(shown * shown, count);
  for (Index y = 0; y < shown; ++y)
    middle.middleRows(y * shown, shown) = whole.middleRows((y + side / 2) * drawn + side / 2, shown);
  const Matrix<float> masks = data::resize(middle, {1, shown, shown}, side, data::Resampling::area);
  const RandomStream random{seed, Purpose::toy_data};
  Matrix<float> pixels(image.size(), count);
  for (Index i = 0; i < count; ++i) {
    const auto draw = static_cast<std::uint64_t>(2 * i);
    const auto& color = colors[uniform_below(colors.size(), random, draw)];
    const auto& ground = grounds[uniform_below(grounds.size(), random, draw + 1)];
    for (Index p = 0; p < side * side; ++p)
      for (std::size_t c = 0; c < 3; ++c)
        pixels(3 * p + static_cast<Index>(c), i) = 2 * (ground[c] + masks(p, i) * (color[c] - ground[c])) - 1;
  }
  return Dataset("colored shapes", image, std::move(pixels), {}, 0, ValueRange{-1, 1});
}

}  // namespace examples
