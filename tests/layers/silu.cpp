#include "eigenerate/layers/silu.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Silu keeps the contract of a layer", "[silu]") {
  require_conformance(Silu{}, {7});
  require_conformance(Silu{}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Silu gives PyTorch's numbers", "[silu]") {
  const auto c = testing::load_golden("layers/silu")["default"];
  check_golden_passes<double>(Silu{}, {3, 2, 4}, c);
  check_golden_passes<float>(Silu{}, {3, 2, 4}, c);
}

TEST_CASE("Silu far from zero is the identity or zero", "[silu]") {
  CHECK(Silu{}.value(1e4f) == 1e4f);
  CHECK(Silu{}.derivative(1e4f, 1e4f) == 1.0f);
  CHECK(Silu{}.value(-1e4f) == 0.0f);
  CHECK(Silu{}.derivative(-1e4f, 0.0f) == 0.0f);
  CHECK(Silu{}.curvature(1e4f, 1e4f) == 0.0f);
}
