#include "eigenerate/metrics/sharpness.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("sharpness agrees with SciPy's Laplacian", "[golden]") {
  for (const Golden& c : load_golden("metrics/sharpness").cases()) {
    const Estimate s = sharpness(c.batch<float>("images"), {2, 5, 6});
    CHECK(std::abs(s.value - c.number("value")) < tolerance::golden * s.value);
    CHECK(std::abs(s.standard_error - c.number("error")) < tolerance::golden * s.value);
  }
}

TEST_CASE("a blurred image is less sharp, a ramp not at all") {
  Matrix<float> edge(64, 1), ramp(64, 1), blurred(64, 1);
  for (Index y = 0; y < 8; ++y)
    for (Index x = 0; x < 8; ++x) {
      edge(8 * y + x, 0) = x < 4 ? 0 : 1;
      blurred(8 * y + x, 0) = x < 3 ? 0 : x > 4 ? 1 : x == 3 ? 0.25f : 0.75f;
      ramp(8 * y + x, 0) = static_cast<float>(x + 2 * y);
    }
  CHECK(sharpness(blurred, {1, 8, 8}).value < 0.5 * sharpness(edge, {1, 8, 8}).value);
  CHECK(sharpness(ramp, {1, 8, 8}).value == 0);
}

TEST_CASE("what sharpness refuses, and its threads") {
  Matrix<float> x = normal_features(64, 500, 1);
  check_same_bits([&] { return std::vector{sharpness(x, {1, 8, 8}).value}; });
  CHECK_THROWS_AS(sharpness(x, {1, 8, 9}), ShapeError);
  CHECK_THROWS_AS(sharpness(x, {1, 2, 32}), ShapeError);
  CHECK_THROWS_AS(sharpness(Matrix<float>(64, 0), {1, 8, 8}), ShapeError);
  x(3, 7) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { sharpness(x, {1, 8, 8}); }), "feature 3 of sample 7"));
}
