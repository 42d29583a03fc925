#include "eigenerate/layers/elu.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Elu keeps the contract of a layer", "[elu]") {
  require_conformance(Elu{}, {7});
  require_conformance(Elu{0.7}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Elu gives PyTorch's numbers", "[elu]") {
  for (const auto& c : testing::load_golden("layers/elu").cases()) {
    CAPTURE(c.path());
    check_golden_passes<double>(Elu{c.number("alpha")}, {3, 2, 4}, c);
    check_golden_passes<float>(Elu{c.number("alpha")}, {3, 2, 4}, c);
  }
}

TEST_CASE("Elu is precise near zero and bounded far from it", "[elu]") {
  CHECK(Elu{}.value(-1e-6f) == -0.9999995e-6f);
  CHECK(Elu{2}.value(-1e30f) == -2.0f);
  CHECK(Elu{2}.derivative(-1e30f, -2.0f) == 0.0f);
  CHECK(Elu{2}.value(3.0f) == 3.0f);
}
