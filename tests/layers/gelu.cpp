#include "eigenerate/layers/gelu.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Gelu keeps the contract of a layer", "[gelu]") {
  require_conformance(Gelu{}, {7});
  require_conformance(Gelu{}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Gelu gives PyTorch's numbers", "[gelu]") {
  const auto c = testing::load_golden("layers/gelu")["default"];
  check_golden_passes<double>(Gelu{}, {3, 2, 4}, c);
  check_golden_passes<float>(Gelu{}, {3, 2, 4}, c);
}

TEST_CASE("Gelu far from zero is the identity or zero", "[gelu]") {
  CHECK(Gelu{}.value(1e4f) == 1e4f);
  CHECK(Gelu{}.derivative(1e4f, 1e4f) == 1.0f);
  CHECK(Gelu{}.value(-1e4f) == 0.0f);
  CHECK(Gelu{}.derivative(-1e4f, 0.0f) == 0.0f);
  CHECK(Gelu{}.curvature(1e4f, 1e4f) == 0.0f);
  CHECK(Gelu{}.derivative(-1e30f, 0.0f) == 0.0f);  // whose square is no float
  CHECK(Gelu{}.curvature(1e30f, 1e30f) == 0.0f);
}
