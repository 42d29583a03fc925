#include "eigenerate/distributions/truncated_normal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

double cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

}  // namespace

TEST_CASE("the inverse of erfc, everywhere", "[truncated_normal]") {
  for (const double y : {0.0, 1e-12, 1e-3, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 5.8}) {
    CAPTURE(y);
    // erfc near 1 has its digits from 1, so that a small y is known to 1e-16.
    CHECK(std::abs(detail::inverse_erfc(std::erfc(y)) - y) <= 1e-14 * y + 2e-16);
  }
}

TEST_CASE("truncated numbers have as much of their distribution below them as the normal ones",
          "[truncated_normal]") {
  for (const double limit : {0.01, 0.5, 1.0, 2.0, 4.0}) {
    CAPTURE(limit);
    const Matrix<double> z = testing::normal_batch(40, 50, 1);
    Matrix<double> cut = z;
    truncate_normal(as_view(cut), limit);
    CHECK(cut.cwiseAbs().maxCoeff() <= limit);
    double error = 0;
    for (Index i = 0; i < z.size(); ++i) {
      const double below = (cdf(cut(i)) - cdf(-limit)) / (cdf(limit) - cdf(-limit));
      error = std::max(error, std::abs(below - cdf(z(i))));
    }
    CHECK(error < 1e-13 / std::min(limit, 1.0));
  }
}

TEST_CASE("a far limit changes nothing, a near one spreads evenly", "[truncated_normal]") {
  const Matrix<double> z = testing::normal_batch(40, 50, 1);
  Matrix<double> cut = z;
  truncate_normal(as_view(cut), 12);
  CHECK((cut - z).cwiseAbs().maxCoeff() < 1e-14);
  cut = z;
  truncate_normal(as_view(cut), 1e-3);  // uniform, nearly
  CHECK(std::abs(cut.squaredNorm() / (2000 * 1e-6) - 1.0 / 3) <
        testing::tolerance::standard_errors * std::sqrt(4.0 / 45 / 2000));
}

TEMPLATE_TEST_CASE("truncation of what is no usual number", "[truncated_normal]", float, double) {
  using S = TestType;
  const S infinity = std::numeric_limits<S>::infinity(), nan = std::numeric_limits<S>::quiet_NaN();
  Matrix<S> z(1, 6);
  z << 0, infinity, -infinity, nan, 30, -30;
  truncate_normal(as_view(z), 2);
  CHECK(z(0) == 0);
  CHECK(std::abs(z(1) - 2) < S(1e-6));
  CHECK(std::abs(z(2) + 2) < S(1e-6));
  CHECK(std::isnan(z(3)));
  CHECK(std::abs(z(4) - 2) < S(1e-6));
  CHECK(std::abs(z(5) + 2) < S(1e-6));
}

TEST_CASE("truncation refuses a limit that cannot work", "[truncated_normal]") {
  Matrix<float> z = Matrix<float>::Zero(2, 2);
  CHECK_THROWS_AS(truncate_normal(as_view(z), 0), ConfigError);
  CHECK_THROWS_AS(truncate_normal(as_view(z), std::nan("")), ConfigError);
  CHECK_THROWS_AS(truncate_normal(as_view(z), std::numeric_limits<double>::infinity()), ConfigError);
}
