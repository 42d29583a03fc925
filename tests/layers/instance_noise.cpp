#include "eigenerate/layers/instance_noise.hpp"

#include <cmath>

#include "layers/conformance.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

Matrix<double> noise(const InstanceNoise& layer, double progress, Mode mode = Mode::train,
                     std::uint64_t seed = 3) {
  Network<double> net(layer, Shape{40});
  auto ws = net.make_workspace(250);
  const Matrix<double> x = Matrix<double>::Constant(40, 250, 2);
  return (net.forward({.x = x, .mode = mode, .random = RandomStream{seed}, .progress = progress}, ws)
              .array() -
          2)
      .matrix();
}

}  // namespace

TEST_CASE("InstanceNoise keeps the contract of a layer", "[instance_noise]") {
  require_conformance(InstanceNoise{}, {7});
  require_conformance(InstanceNoise{{.deviation = 0.3, .last = 0.2}}, {2, 3, 2});
}

TEST_CASE("InstanceNoise falls with the progress of the training", "[instance_noise]") {
  const InstanceNoise layer{{.deviation = 0.5, .last = 0.1, .until = 0.8}};
  for (const auto& [progress, expected] :
       {std::pair{0.0, 0.5}, std::pair{0.4, 0.3}, std::pair{0.8, 0.1}, std::pair{1.0, 0.1}}) {
    const double n = 40 * 250, deviation = noise(layer, progress).norm() / std::sqrt(n);
    CHECK(std::abs(deviation / expected - 1) < testing::tolerance::standard_errors / std::sqrt(2 * n));
    CHECK(std::abs(noise(layer, progress).mean()) <
          testing::tolerance::standard_errors * expected / std::sqrt(n));
  }
  CHECK(noise(InstanceNoise{}, 1).isZero(0));
  CHECK(noise(layer, 0, Mode::evaluate).isZero(0));
  CHECK(noise(layer, 0) == noise(layer, 0));
  CHECK(noise(layer, 0) != noise(layer, 0, Mode::train, 4));
}

TEST_CASE("InstanceNoise refuses what cannot work", "[instance_noise]") {
  CHECK_THROWS_AS((InstanceNoise{{.deviation = -1}}.plan({3}, "a")), ConfigError);
  CHECK_THROWS_AS((InstanceNoise{{.last = std::nan("")}}.plan({3}, "a")), ConfigError);
  CHECK_THROWS_AS((InstanceNoise{{.until = 0}}.plan({3}, "a")), ConfigError);
}
