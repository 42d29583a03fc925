#include "eigenerate/layers/random_contrast.hpp"

#include <algorithm>

#include "layers/conformance.hpp"

using namespace eigenerate;

TEST_CASE("RandomContrast keeps the contract of a layer", "[random_contrast]") {
  require_conformance(RandomContrast{}, {3, 2, 3}, {.batch = 5});
  require_conformance(RandomContrast{}, {7}, {.batch = 2});
}

TEST_CASE("RandomContrast stretches values around the mean of each image", "[random_contrast]") {
  constexpr Index samples = 2000;
  Network<double> net(RandomContrast{}, Shape{1, 2, 2});
  auto ws = net.make_workspace(samples);
  Matrix<double> x(4, samples);
  x.colwise() = (Vector<double>(4) << 0.1, 0.3, 0.5, 0.7).finished();
  const Matrix<double> y = net.forward({.x = x, .mode = Mode::train, .random = RandomStream{3}}, ws);
  std::vector<double> factors;
  for (Index j = 0; j < samples; ++j) {
    const double factor = (y(3, j) - 0.4) / 0.3;
    for (Index i = 0; i < 4; ++i) REQUIRE(std::abs(y(i, j) - (0.4 + factor * (x(i, 0) - 0.4))) < 1e-12);
    factors.push_back(factor);
  }
  // Uniform in [0.5, 1.5]: its quarters, within five standard errors.
  std::sort(factors.begin(), factors.end());
  CHECK(factors.front() >= 0.5);
  CHECK(factors.back() <= 1.5);
  for (const int quarter : {1, 2, 3})
    CHECK(std::abs(factors[static_cast<std::size_t>(samples / 4 * quarter)] - 0.5 - 0.25 * quarter) < 0.06);
  const Matrix<double> same = net.forward({.x = x, .mode = Mode::evaluate}, ws);
  CHECK(same == x);
}
