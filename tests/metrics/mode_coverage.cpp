#include "eigenerate/metrics/mode_coverage.hpp"

#include "eigenerate/data/toy.hpp"
#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("mode coverage agrees with SciPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/mode_coverage").cases()) {
    const ModeCoverage m =
        mode_coverage(c.batch<float>("samples"), c.batch<float>("centers"), c.number("deviation"));
    CHECK(m.modes == c.integer("modes"));
    CHECK(std::abs(m.high_quality.value - c.number("high_quality")) < 1e-15);
    CHECK(m.counts == c.list<Index>("counts"));
    CHECK(std::abs(m.reverse_kl.value - c.number("reverse_kl")) < tolerance::golden);
  }
}

TEST_CASE("samples of a mixture cover it, and those of half of it half") {
  const data::RingOptions ring{.modes = 8, .sigma = 0.02};
  const Matrix<float> x = data::gaussian_ring(4000, ring).samples();
  const Matrix<float> centers = data::ring_centers(ring);
  const ModeCoverage all = mode_coverage(x, centers, 0.02);
  CHECK(all.modes == 8);
  const double within = 1 - std::exp(-4.5);
  CHECK(std::abs(all.high_quality.value - within) <
        tolerance::standard_errors * std::sqrt(within * (1 - within) / 4000));
  CHECK(all.reverse_kl.value < 0.01);
  Matrix<float> half(2, 0);
  for (Index i = 0; i < 4000; ++i)
    if (x(1, i) > 0.5) {
      half.conservativeResize(2, half.cols() + 1);
      half.col(half.cols() - 1) = x.col(i);
    }
  CHECK(mode_coverage(half, centers, 0.02).modes == 3);
  CHECK(std::abs(mode_coverage(half, centers, 0.02).reverse_kl.value - std::log(8.0 / 3)) < 0.01);
  const Matrix<float> off = x.array() + 0.5f;
  CHECK(mode_coverage(off, centers, 0.02).modes == 0);  // near no center is no mode
}

TEST_CASE("what mode coverage refuses") {
  check_refusals(
      "mode_coverage", 1, [](const auto& a, const auto& b) { mode_coverage(a, b, 1); }, "samples", "centers");
  const Matrix<float> x = normal_features(2, 5, 1);
  CHECK_THROWS_AS(mode_coverage(x, x, 0), ConfigError);
  CHECK_THROWS_AS(mode_coverage(x, x, 1, -1), ConfigError);
  CHECK_THROWS_AS(mode_coverage(x, x, not_a_number<double>()), ConfigError);
}
