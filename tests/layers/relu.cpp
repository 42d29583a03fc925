#include "eigenerate/layers/relu.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Relu keeps the contract of a layer", "[relu]") {
  require_conformance(Relu{}, {7});
  require_conformance(Relu{}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Relu gives PyTorch's numbers", "[relu]") {
  const auto c = testing::load_golden("layers/relu")["default"];
  check_golden_passes<double>(Relu{}, {3, 2, 4}, c);
  check_golden_passes<float>(Relu{}, {3, 2, 4}, c);
}

TEST_CASE("Relu has derivative zero at zero", "[relu]") {
  CHECK(Relu{}.value(0.0f) == 0.0f);
  CHECK(Relu{}.derivative(0.0f, 0.0f) == 0.0f);
  CHECK(Relu{}.derivative(1e-30f, 1e-30f) == 1.0f);
}
