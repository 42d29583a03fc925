#include "eigenerate/layers/sigmoid.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Sigmoid keeps the contract of a layer", "[sigmoid]") {
  require_conformance(Sigmoid{}, {7});
  require_conformance(Sigmoid{}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Sigmoid gives PyTorch's numbers", "[sigmoid]") {
  const auto c = testing::load_golden("layers/sigmoid")["default"];
  check_golden_passes<double>(Sigmoid{}, {3, 2, 4}, c);
  check_golden_passes<float>(Sigmoid{}, {3, 2, 4}, c);
}

TEST_CASE("Sigmoid never leaves [0, 1]", "[sigmoid]") {
  CHECK(Sigmoid{}.value(0.0f) == 0.5f);
  CHECK(Sigmoid{}.value(1e30f) == 1.0f);
  CHECK(Sigmoid{}.value(-1e30f) == 0.0f);
  CHECK(Sigmoid{}.value(-80.0f) > 0.0f);
}
