#include "eigenerate/data/sprites.hpp"

#include <cmath>
#include <set>

#include "eigenerate/core/threads.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::data;

namespace {

/// FNV-1a over the pixels.
std::uint64_t hash_of(const Matrix<float>& images) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (Index i = 0; i < images.size(); ++i)
    hash = (hash ^ (images.data()[i] > 0.5f ? 1u : 0u)) * 0x100000001b3u;
  return hash;
}

Matrix<float> one(std::array<int, 5> factors, const SpriteOptions& options = {}) {
  const Factors f = Eigen::Map<const Factors>(factors.data(), 5, 1);
  return render_sprites(f, options);
}

std::string picture(const Matrix<float>& image, Index side) {
  std::string text = "\n";
  for (Index row = 0; row < side; ++row) {
    for (Index column = 0; column < side; ++column) text += image(row * side + column) > 0.5f ? "#" : ".";
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("sprites have their shapes, areas and places", "[sprites]") {
  const SpriteOptions options{.side = 64};
  // Areas by their formulas, with the half edge r = 10.5 pixels of the largest.
  const double areas[3] = {4, std::acos(-1.0) * 666.0 / 512 * 333.0 / 512, 2 + std::acos(-1.0) / 2};
  for (int shape = 0; shape < 3; ++shape)
    for (int scale = 0; scale < 6; ++scale)
      for (const int orientation : {1, 4}) {
        const Matrix<float> image = one({shape, scale, orientation, 13, 20}, options);
        const double r = 10.5 * (0.5 + 0.1 * scale);
        INFO(picture(image, 64));
        CHECK(std::abs(image.sum() / (areas[shape] * r * r) - 1) < 0.06);
        // The center, but for a heart, which has its weight above.
        double x = 0, y = 0;
        for (Index p = 0; p < image.size(); ++p) {
          x += image(p) * (static_cast<double>(p % 64) + 0.5) / image.sum();
          y += image(p) * (static_cast<double>(p / 64) + 0.5) / image.sum();
        }
        if (shape < 2) {
          CHECK(std::abs(x - (16 + 32 * 13.0 / 31)) < 0.5);
          CHECK(std::abs(y - (16 + 32 * 20.0 / 31)) < 0.5);
        } else {
          CHECK(y < 16 + 32 * 20.0 / 31);
        }
      }
}

TEST_CASE("a heart stands upright and is symmetric", "[sprites]") {
  const Matrix<float> image = one({2, 0, 0, 0, 0}, {.side = 64, .scales = 1, .positions = 1});
  const Matrix<float> heart = image.reshaped(64, 64).transpose();
  INFO(picture(image, 64));
  CHECK(heart == heart.rowwise().reverse());
  Index top = 0, bottom = 63;
  while (heart.row(top).sum() == 0) ++top;
  while (heart.row(bottom).sum() == 0) --bottom;
  CHECK(heart(top, 32) == 0);  // between its lobes
  CHECK(heart.row(top).sum() > 2);
  CHECK(heart(bottom, 32) == 1);
  CHECK(heart.row(bottom).sum() == 2);
}

TEST_CASE("sprites turn and move as their factors say", "[sprites]") {
  for (int k = 0; k < 10; ++k) {
    CHECK(one({0, 3, k, 9, 4}) == one({0, 3, k + 10, 9, 4}));  // a quarter turn of a square
    CHECK(one({1, 3, k, 9, 4}) == one({1, 3, k + 20, 9, 4}));  // half a turn of an ellipse
    CHECK(one({1, 3, k, 9, 4}) != one({1, 3, k + 10, 9, 4}));
    CHECK(one({2, 5, k, 9, 4}) != one({2, 5, k + 20, 9, 4}));
  }
  // 33 positions in 16 pixels: two of them are one pixel.
  const SpriteOptions options{.positions = 33};
  const Matrix<float> here = one({2, 4, 3, 10, 10}, options), right = one({2, 4, 3, 12, 10}, options),
                      below = one({2, 4, 3, 10, 12}, options);
  for (Index row = 0; row < 31; ++row)
    for (Index column = 0; column < 31; ++column) {
      CHECK(here(row * 32 + column) == right(row * 32 + column + 1));
      CHECK(here(row * 32 + column) == below((row + 1) * 32 + column));
    }
}

TEST_CASE("every sprite lies inside its image, all differ but for symmetries, and the bytes are known",
          "[sprites]") {
  const SpriteOptions options{.side = 32, .scales = 3, .orientations = 8, .positions = 5};
  const Sprites all = make_sprites(options);
  REQUIRE(all.images.size() == 3 * 3 * 8 * 5 * 5);
  CHECK(all.images.value_range().integers);
  const Matrix<float> pixels = all.images.samples();
  for (Index j = 0; j < pixels.cols(); ++j) {
    const Eigen::Map<const Matrix<float>> image(pixels.col(j).data(), 32, 32);
    CHECK(image.row(0).sum() + image.row(31).sum() + image.col(0).sum() + image.col(31).sum() == 0);
  }
  CHECK(all.factors.col(0).isZero());
  CHECK(all.factors.col(1) == Eigen::Vector<int, 5>(0, 0, 0, 0, 1));
  CHECK(all.factors.col(all.factors.cols() - 1) == Eigen::Vector<int, 5>(2, 2, 7, 4, 4));
  std::set<std::uint64_t> different;
  for (Index j = 0; j < pixels.cols(); ++j) different.insert(hash_of(pixels.col(j)));
  CHECK(different.size() == (2 + 4 + 8) * 3 * 25);
  CHECK(pixels == render_sprites(all.factors, options));
  INFO(fmt::format("{:#x}", hash_of(pixels)));
  CHECK(hash_of(pixels) == 0xe2f6573c737b5d6du);
}

TEST_CASE("some of all sprites: each once, by seed, on any number of threads", "[sprites]") {
  SpriteOptions options{.scales = 2, .orientations = 4, .positions = 4, .samples = 300, .seed = 5};
  set_num_threads(1);
  const Sprites some = make_sprites(options);
  set_num_threads(4);
  const Sprites again = make_sprites(options);
  set_num_threads(0);
  CHECK(some.factors == again.factors);
  CHECK(some.images.fingerprint() == again.images.fingerprint());
  std::set<std::vector<int>> seen;
  for (Index j = 0; j < 300; ++j) seen.emplace(some.factors.col(j).data(), some.factors.col(j).data() + 5);
  CHECK(seen.size() == 300);
  options.seed = 6;
  CHECK(make_sprites(options).factors != some.factors);
}

TEST_CASE("no sine lies where libraries could round it to either side", "[sprites]") {
  for (int n = 1; n <= 360; ++n)
    for (int k = 0; k < n; ++k) {
      const double scaled = 16384 * std::sin(2 * std::numbers::pi * k / n);
      if (std::abs(std::abs(scaled - std::floor(scaled)) - 0.5) < 1e-7) FAIL(k << " of " << n);
      const double of_cosine = 16384 * std::cos(2 * std::numbers::pi * k / n);
      if (std::abs(std::abs(of_cosine - std::floor(of_cosine)) - 0.5) < 1e-7) FAIL(k << " of " << n);
    }
}

TEST_CASE("factors are drawn uniformly", "[sprites]") {
  const std::vector<Index> counts{3, 1, 10};
  const Factors drawn = draw_factors(counts, 3000, RandomStream{1});
  for (int value = 0; value < 3; ++value)
    CHECK(std::abs((drawn.row(0).array() == value).count() - 1000) < 130);
  CHECK(drawn.row(1).isZero());
  CHECK(drawn.row(2).maxCoeff() == 9);
  CHECK(drawn.leftCols(7) == draw_factors(counts, 7, RandomStream{1}));
  CHECK_THROWS_AS(draw_factors({}, 3, RandomStream{1}), ConfigError);
  CHECK_THROWS_AS(draw_factors(std::vector<Index>{2, 0}, 3, RandomStream{1}), ConfigError);
}

TEST_CASE("what sprites refuse", "[sprites]") {
  support::refuses<ConfigError>([] { make_sprites({.side = 4}); }, {"side", "got 4"});
  support::refuses<ConfigError>([] { make_sprites({.orientations = 0}); }, {"orientations"});
  support::refuses<ConfigError>(
      [] { make_sprites({.scales = 1, .orientations = 1, .positions = 2, .samples = 13}); }, {"12", "13"});
  support::refuses<ConfigError>([] { one({3, 0, 0, 0, 0}); }, {"shape in [0, 3)", "got 3"});
  CHECK_THROWS_AS(render_sprites(Factors(4, 1)), ConfigError);
}
