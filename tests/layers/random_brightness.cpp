#include "eigenerate/layers/random_brightness.hpp"

#include <cmath>

#include "layers/conformance.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

TEST_CASE("RandomBrightness keeps the contract of a layer", "[random_brightness]") {
  require_conformance(RandomBrightness{}, {2, 3, 3});
  require_conformance(RandomBrightness{0.2}, {5}, {.batch = 1});
}

TEST_CASE("RandomBrightness adds one number to a sample, uniform in half of its range",
          "[random_brightness]") {
  Network<double> net(RandomBrightness{0.8}, Shape{2, 2, 2});
  auto ws = net.make_workspace(2000);
  const Matrix<double> x = Matrix<double>::Random(8, 2000);
  const Matrix<double> added = net.forward({.x = x, .mode = Mode::train, .random = RandomStream{3}}, ws) - x;
  CHECK((added.colwise().maxCoeff() - added.colwise().minCoeff()).maxCoeff() < 1e-15);
  const auto numbers = added.row(0).array();
  CHECK((numbers.tail(1999) - numbers.head(1999)).abs().minCoeff() > 1e-6);  // each has its own
  CHECK(numbers.abs().maxCoeff() <= 0.4);
  CHECK(numbers.abs().maxCoeff() > 0.39);
  const double error = 0.4 / std::sqrt(3.0 * 2000);
  CHECK(std::abs(numbers.mean()) < testing::tolerance::standard_errors * error);
  CHECK(Matrix<double>(net.forward({.x = x}, ws)) == x);
}

TEST_CASE("RandomBrightness refuses what cannot work", "[random_brightness]") {
  CHECK_THROWS_AS(RandomBrightness{-1}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS(RandomBrightness{std::nan("")}.plan({3}, "a"), ConfigError);
}
