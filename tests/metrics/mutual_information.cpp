#include "eigenerate/metrics/mutual_information.hpp"

#include <cmath>

#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// log q(z_i|x_j) where x ~ N(0, 1) and z|x ~ N(x, σ²): I(x; z) is ½ log (1 + 1/σ²).
Matrix<double> normal_channel(Index n, double sigma, std::uint64_t seed) {
  Matrix<double> x(n, 1), noise(n, 1), log_q(n, n);
  fill_normal(x.data(), n, RandomStream{seed});
  fill_normal(noise.data(), n, RandomStream{seed}.lane(1));
  const Matrix<double> z = x + sigma * noise;
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i) {
      const double away = (z(i) - x(j)) / sigma;
      log_q(i, j) = -0.5 * (away * away + std::log(2 * std::acos(-1.0) * sigma * sigma));
    }
  return log_q;
}

}  // namespace

TEST_CASE("mutual information of a normal channel") {
  for (const double sigma : {2.0, 0.5, 0.1}) {
    const double truth = 0.5 * std::log(1 + 1 / (sigma * sigma));
    const Estimate e = mutual_information(as_const(normal_channel(2000, sigma, 3)));
    CAPTURE(sigma, truth, e.value, e.standard_error);
    CHECK(std::abs(e.value - truth) < 4 * e.standard_error + 0.02);
  }
}

TEST_CASE("its bias is downward, and it stays below log n") {
  const double truth = 0.5 * std::log(1 + 100.0);
  double few = 0, more = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    few += mutual_information(as_const(normal_channel(5, 0.1, seed))).value / 200;
    more += mutual_information(as_const(normal_channel(40, 0.1, seed))).value / 200;
  }
  CHECK(few < std::log(5.0));
  CHECK(few < more);
  CHECK(more < truth);
  // Posteriors that never overlap tell each sample apart, and nothing more can be seen.
  Matrix<float> apart = Matrix<float>::Constant(7, 7, -1000);
  apart.diagonal().setZero();
  CHECK(std::abs(mutual_information(as_const(apart)).value - std::log(7.0)) < 1e-6);
}

TEST_CASE("posteriors that are all the same tell nothing") {
  const Matrix<float> same = Matrix<float>::Constant(9, 9, -3);
  CHECK(std::abs(mutual_information(as_const(same)).value) < 1e-6);
  CHECK(mutual_information(as_const(same)).standard_error < 1e-6);
}

TEST_CASE("what mutual information refuses") {
  const Matrix<float> wrong = Matrix<float>::Zero(3, 2), none(0, 0);
  Matrix<float> bad = Matrix<float>::Zero(3, 3);
  bad(1, 2) = std::nanf("");
  support::refuses<ShapeError>([&] { mutual_information(as_const(wrong)); }, {"3 × 2"});
  support::refuses<ShapeError>([&] { mutual_information(as_const(none)); }, {"mutual_information"});
  support::refuses<DivergenceError>([&] { mutual_information(as_const(bad)); }, {"not a number"});
}
