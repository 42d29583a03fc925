#include "eigenerate/layers/random_saturation.hpp"

#include <algorithm>

#include "layers/conformance.hpp"

using namespace eigenerate;

TEST_CASE("RandomSaturation keeps the contract of a layer", "[random_saturation]") {
  require_conformance(RandomSaturation{}, {3, 2, 3}, {.batch = 5});
  require_conformance(RandomSaturation{}, {1, 2, 2}, {.batch = 2});
}

TEST_CASE("RandomSaturation stretches colors around the gray of each pixel", "[random_saturation]") {
  constexpr Index samples = 2000;
  Network<double> net(RandomSaturation{}, Shape{3, 1, 2});
  auto ws = net.make_workspace(samples);
  Matrix<double> x(6, samples);
  x.colwise() = (Vector<double>(6) << 0.2, 0.5, 0.8, 0.4, 0.4, 0.4).finished();
  const Matrix<double> y = net.forward({.x = x, .mode = Mode::train, .random = RandomStream{3}}, ws);
  std::vector<double> factors;
  for (Index j = 0; j < samples; ++j) {
    const double factor = (y(2, j) - 0.5) / 0.3;
    REQUIRE(std::abs(y(0, j) - (0.5 - 0.3 * factor)) < 1e-12);
    REQUIRE(std::abs(y(1, j) - 0.5) < 1e-12);
    for (Index c = 3; c < 6; ++c) REQUIRE(std::abs(y(c, j) - 0.4) < 1e-12);
    factors.push_back(factor);
  }
  // Uniform in [0, 2]: its quarters, within five standard errors.
  std::sort(factors.begin(), factors.end());
  CHECK(factors.front() >= 0);
  CHECK(factors.back() <= 2);
  for (const int quarter : {1, 2, 3})
    CHECK(std::abs(factors[static_cast<std::size_t>(samples / 4 * quarter)] - 0.5 * quarter) < 0.12);
  const Matrix<double> same = net.forward({.x = x, .mode = Mode::evaluate}, ws);
  CHECK(same == x);
}
