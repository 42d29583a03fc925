#include "eigenerate/metrics/unexplained_variance.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("unexplained variances agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/unexplained_variance").cases()) {
    CAPTURE(c.path());
    const std::vector<double> got = unexplained_variance(c.batch<float>("samples"), c.batch<float>("made"),
                                                         c.number("floor")),
                              expected = c.list<double>("of_sample");
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(std::abs(got[i] - expected[i]) <= tolerance::golden * expected[i]);
  }
}

TEST_CASE("a reconstruction misses nothing, as much as the mean does, or all of a flat sample") {
  Matrix<float> x = normal_features(50, 3, 1), made = x;
  made.col(1).setConstant(x.col(1).mean());
  x.col(2).setConstant(0.5f);
  made.col(2).setConstant(0.4f);
  const std::vector<double> shares = unexplained_variance(x, made);
  CHECK(shares[0] == 0);
  CHECK(std::abs(shares[1] - 1) < 1e-5);
  CHECK(std::abs(shares[2] - 0.01 / 1e-6) < 1e-2);
  CHECK(std::abs(unexplained_variance(x, made, 0.01)[2] - 1) < 1e-5);
  // Contrast and brightness of both change nothing but what the floor is beside them.
  const Matrix<float> y = normal_features(50, 3, 2), brighter = (3 * x.array() + 7).matrix(),
                      of_brighter = (3 * y.array() + 7).matrix();
  const double before = unexplained_variance(x, y)[0], after = unexplained_variance(brighter, of_brighter)[0];
  CHECK(std::abs(after / before - 1) < 1e-5);
}

TEST_CASE("what unexplained variances refuse, and their threads") {
  const auto measure = [](const Matrix<float>& x, const Matrix<float>& y) {
    (void)unexplained_variance(x, y);
  };
  check_refusals("unexplained_variance", 1, measure, "samples", "reconstructions");
  const Matrix<float> x = normal_features(64, 500, 1), y = normal_features(64, 500, 2);
  check_same_bits([&] { return unexplained_variance(x, y); });
  CHECK(contains(refusal<ShapeError>([&] { measure(x, y.leftCols(4)); }), "each of 500 samples, got 4"));
  CHECK(
      contains(refusal<ConfigError>([&] { (void)unexplained_variance(x, y, 0); }), "positive floor, got 0"));
}
