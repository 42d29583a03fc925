#include "eigenerate/layers/softplus.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Softplus keeps the contract of a layer", "[softplus]") {
  require_conformance(Softplus{}, {7});
  require_conformance(Softplus{2.5}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Softplus gives PyTorch's numbers", "[softplus]") {
  for (const auto& c : testing::load_golden("layers/softplus").cases()) {
    CAPTURE(c.path());
    const Softplus layer{c.number("beta"), c.number("threshold")};
    check_golden_passes<double>(layer, {3, 2, 4}, c);
    check_golden_passes<float>(layer, {3, 2, 4}, c);
  }
}

TEST_CASE("Softplus is linear above its threshold and positive far below zero", "[softplus]") {
  CHECK(Softplus{2, 3}.value(1.6) == 1.6);
  CHECK(Softplus{2, 3}.value(1.4) > 1.4);
  CHECK(Softplus{2, 3}.derivative(1.6, 1.6) == 1.0);
  CHECK(Softplus{2, 3}.curvature(1.6, 1.6) == 0.0);
  CHECK(Softplus{}.value(-80.0f) > 0.0f);
  CHECK(Softplus{}.value(1e30f) == 1e30f);
}

TEST_CASE("Softplus refuses a sharpness that is not positive", "[softplus]") {
  CHECK_THROWS_AS(Softplus{0}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS(Softplus{-1}.plan({3}, "a"), ConfigError);
}
