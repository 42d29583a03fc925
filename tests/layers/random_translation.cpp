#include "eigenerate/layers/random_translation.hpp"

#include <cmath>
#include <map>
#include <utility>

#include "layers/conformance.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

constexpr Index height = 5, width = 4, samples = 3000;

/// Images of 2×5×4 shifted in training.
Matrix<double> shifted(const Matrix<double>& x, double share, Mode mode = Mode::train) {
  Network<double> net(RandomTranslation{share}, Shape{2, height, width});
  auto ws = net.make_workspace(x.cols());
  return net.forward({.x = x, .mode = mode, .random = RandomStream{3}}, ws);
}

/// The image moved by so many pixels, written plainly.
Vector<double> moved(const Vector<double>& x, Index down, Index right) {
  Vector<double> y = Vector<double>::Zero(x.size());
  for (Index row = 0; row < height; ++row)
    for (Index column = 0; column < width; ++column) {
      const Index r = row - down, c = column - right;
      if (r < 0 || r >= height || c < 0 || c >= width) continue;
      y.segment(2 * (row * width + column), 2) = x.segment(2 * (r * width + c), 2);
    }
  return y;
}

}  // namespace

TEST_CASE("RandomTranslation keeps the contract of a layer", "[random_translation]") {
  require_conformance(RandomTranslation{0.5}, {2, 4, 3}, {.batch = 4});
  require_conformance(RandomTranslation{}, {1, 8, 8}, {.batch = 2});
  require_conformance(RandomTranslation{1}, {1, 2, 3}, {.batch = 4});
}

TEST_CASE("RandomTranslation draws every shift as often as the others", "[random_translation]") {
  const Matrix<double> x = Matrix<double>::Random(2 * height * width, samples), y = shifted(x, 0.4);
  std::map<std::pair<Index, Index>, int> counts;
  for (Index j = 0; j < samples; ++j) {
    bool found = false;
    for (Index down = -2; down <= 2 && !found; ++down)
      for (Index right = -2; right <= 2 && !found; ++right)
        if (y.col(j) == moved(x.col(j), down, right)) {
          ++counts[{down, right}];
          found = true;
        }
    REQUIRE(found);
  }
  CHECK(counts.size() == 25);
  const double expected = samples / 25.0, error = std::sqrt(expected * 24 / 25);
  for (const auto& [shift, count] : counts) {
    CAPTURE(shift.first, shift.second, count);
    CHECK(std::abs(count - expected) < testing::tolerance::standard_errors * error);
  }
  CHECK(shifted(x, 0) == x);
  CHECK(shifted(x, 0.4, Mode::evaluate) == x);
}

TEST_CASE("RandomTranslation refuses what cannot work", "[random_translation]") {
  CHECK_THROWS_AS(RandomTranslation{1.5}.plan({1, 3, 3}, "a"), ConfigError);
  CHECK_THROWS_AS(RandomTranslation{std::nan("")}.plan({1, 3, 3}, "a"), ConfigError);
}
