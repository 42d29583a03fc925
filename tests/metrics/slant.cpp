#include "eigenerate/metrics/slant.hpp"

#include "eigenerate/data/random_affine.hpp"
#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("slants agree with NumPy's weighted covariances", "[golden]") {
  for (const Golden& c : load_golden("metrics/slant").cases()) {
    CAPTURE(c.path());
    const Slant s = slant(c.batch<float>("images"), {1, 6, 5});
    CHECK(std::abs(s.value - c.number("value")) < tolerance::golden * 45);
    CHECK(std::abs(s.standard_error - c.number("error")) < tolerance::golden * 45);
  }
}

TEST_CASE("a bar leans to the side of its upper end, and not when it lies or stands") {
  constexpr Index side = 9;
  Matrix<float> bars = Matrix<float>::Zero(side * side, 5);  // /, \, |, -, nothing
  for (Index y = 0; y < side; ++y) {
    bars(y * side + side - 1 - y, 0) = 1;
    bars(y * side + y, 1) = 1;
    bars(y * side + 3, 2) = 1;
    bars(2 * side + y, 3) = 0.3f;
  }
  const Slant s = slant(bars, {1, side, side});
  CHECK(std::abs(s.of_image[0] - 45) < 1e-9);
  CHECK(std::abs(s.of_image[1] + 45) < 1e-9);
  CHECK(s.of_image[2] == 0);
  CHECK(s.of_image[3] == 0);
  CHECK(s.of_image[4] == 0);
  CHECK(std::abs(s.value) < 1e-9);
  CHECK(s.standard_error > 0);
  // The range says what black is, and an ink twice as strong leans as far.
  CHECK(std::abs(slant(Matrix<float>(2 * bars.leftCols(1).array() - 1), {1, side, side}, {-1, 1}).value -
                 45) < 1e-9);
}

TEST_CASE("what is slanted by an angle leans by it") {
  Matrix<float> upright = Matrix<float>::Zero(28 * 28, 1);
  for (Index y = 6; y < 22; ++y) upright(y * 28 + 13, 0) = upright(y * 28 + 14, 0) = 1;
  const Dataset bar("bar", {1, 28, 28}, upright);
  for (const double degrees : {-20.0, 12.0}) {
    const Dataset moved = data::random_affine(
        bar, 0, {.turn = {0, 0}, .slant = {degrees, degrees}, .scale = {1, 1}, .shift = {0, 0}});
    CHECK(std::abs(slant(Matrix<float>(moved.sample(0)), {1, 28, 28}).value - degrees) < 0.1);
  }
}

TEST_CASE("what a slant refuses, and its threads") {
  Matrix<float> x = normal_features(64, 500, 1);
  check_same_bits([&] { return slant(x, {1, 8, 8}).of_image; });
  CHECK_THROWS_AS(slant(x, {1, 8, 9}), ShapeError);
  CHECK_THROWS_AS(slant(x, {2, 8, 4}), ShapeError);
  CHECK_THROWS_AS(slant(Matrix<float>(64, 0), {1, 8, 8}), ShapeError);
  CHECK_THROWS_AS(slant(x, {1, 8, 8}, {1, 1}), ConfigError);
  x(3, 7) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { slant(x, {1, 8, 8}); }), "feature 3 of sample 7"));
}
