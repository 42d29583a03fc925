#include "eigenerate/layers/cutout.hpp"

#include <cmath>

#include "layers/conformance.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

constexpr Index samples = 4000;

Matrix<double> cut(double share, Mode mode = Mode::train) {
  Network<double> net(Cutout{share}, Shape{2, 6, 5});
  auto ws = net.make_workspace(samples);
  const Matrix<double> x = Matrix<double>::Ones(60, samples);
  return net.forward({.x = x, .mode = mode, .random = RandomStream{3}}, ws);
}

}  // namespace

TEST_CASE("Cutout keeps the contract of a layer", "[cutout]") {
  require_conformance(Cutout{}, {2, 4, 3}, {.batch = 4});
  require_conformance(Cutout{0.3}, {1, 5, 5}, {.batch = 3});
}

TEST_CASE("Cutout's hole is a rectangle of the share's extents, around any pixel", "[cutout]") {
  const Matrix<double> y = cut(0.5);  // 3 of 6 rows, 3 (2.5 rounded) of 5 columns
  double zeros = 0;
  bool whole = false;
  for (Index j = 0; j < samples; ++j) {
    Index top = 6, bottom = -1, left = 5, right = -1, count = 0;
    for (Index row = 0; row < 6; ++row)
      for (Index column = 0; column < 5; ++column)
        if (y(2 * (row * 5 + column), j) == 0) {
          REQUIRE(y(2 * (row * 5 + column) + 1, j) == 0);
          top = std::min(top, row), bottom = std::max(bottom, row);
          left = std::min(left, column), right = std::max(right, column);
          ++count;
        }
    REQUIRE(count == (bottom - top + 1) * (right - left + 1));
    REQUIRE(count >= 4);  // a corner
    REQUIRE(count <= 9);
    whole = whole || count == 9;
    zeros += static_cast<double>(count);
  }
  CHECK(whole);
  // Centers are pixels: of 6 rows two lose one row of the hole, and so for 5 columns.
  const double expected = (3 - 2.0 / 6) * (3 - 2.0 / 5);
  CHECK(std::abs(zeros / samples - expected) <
        testing::tolerance::standard_errors * 2 / std::sqrt(1.0 * samples));
  CHECK((cut(0).array() == 1).all());
  CHECK((cut(0.5, Mode::evaluate).array() == 1).all());
}

TEST_CASE("Cutout refuses what cannot work", "[cutout]") {
  CHECK_THROWS_AS(Cutout{1.5}.plan({1, 3, 3}, "a"), ConfigError);
  CHECK_THROWS_AS(Cutout{std::nan("")}.plan({1, 3, 3}, "a"), ConfigError);
}
