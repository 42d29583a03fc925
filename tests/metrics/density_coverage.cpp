#include "eigenerate/metrics/density_coverage.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("density and coverage agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/density_coverage").cases()) {
    CAPTURE(c.path());
    const DensityCoverage d =
        density_coverage(c.batch<float>("real"), c.batch<float>("generated"), c.integer("k"));
    CHECK(std::abs(d.density.value - c.number("density")) < 1e-14);
    CHECK(std::abs(d.density.standard_error - c.number("density_error")) < 1e-14);
    CHECK(std::abs(d.coverage.value - c.number("coverage")) < 1e-15);
  }
}

TEST_CASE("density of equal distributions is 1, and coverage near 1 - 2^-k") {
  const Matrix<float> real = normal_features(4, 2500, 1), other = normal_features(4, 2500, 2);
  const DensityCoverage same = density_coverage(real, other);
  CHECK(std::abs(same.density.value - 1) < 0.05);
  CHECK(std::abs(same.coverage.value - (1 - std::pow(2.0, -5))) < 0.02);
  const DensityCoverage narrow = density_coverage(real, scaled(0.3f, other));
  CHECK(narrow.density.value > 1.1);
  CHECK(narrow.coverage.value < 0.4);
  Matrix<float> outlier = real;
  outlier.col(0).setConstant(100);  // whose ball is wide, and holds generated samples of any quality
  CHECK(std::abs(density_coverage(outlier, other).density.value - same.density.value) < 0.2);
}

TEST_CASE("a sample on the edge of a ball is outside") {
  Matrix<float> real(1, 2), made(1, 2);
  real << 0, 10;
  made << 20, -10;
  CHECK(density_coverage(real, made, 1).density.value == 0);
  CHECK(density_coverage(real, made, 1).coverage.value == 0);
  made << 20, -9;
  CHECK(density_coverage(real, made, 1).density.value == 0.5);
  CHECK(density_coverage(real, made, 1).coverage.value == 0.5);
}

TEST_CASE("what density and coverage refuse, and their threads") {
  check_refusals("density_coverage", 6, [](const auto& a, const auto& b) { density_coverage(a, b); });
  const Matrix<float> x = normal_features(10, 2600, 1), y = normal_features(10, 2100, 2);
  CHECK_THROWS_AS(density_coverage(x, y, 0), ConfigError);
  check_same_bits([&] {
    const DensityCoverage d = density_coverage(x, y);
    return std::vector{d.density.value, d.density.standard_error, d.coverage.value};
  });
}
