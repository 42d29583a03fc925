#include "eigenerate/layers/leaky_relu.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("LeakyRelu keeps the contract of a layer", "[leaky_relu]") {
  require_conformance(LeakyRelu{}, {7});
  require_conformance(LeakyRelu{0.2}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("LeakyRelu gives PyTorch's numbers", "[leaky_relu]") {
  for (const auto& c : testing::load_golden("layers/leaky_relu").cases()) {
    CAPTURE(c.path());
    check_golden_passes<double>(LeakyRelu{c.number("slope")}, {3, 2, 4}, c);
    check_golden_passes<float>(LeakyRelu{c.number("slope")}, {3, 2, 4}, c);
  }
}

TEST_CASE("LeakyRelu's slope is PyTorch's unless given", "[leaky_relu]") {
  CHECK(LeakyRelu{}.value(-2.0) == -0.02);
  CHECK(LeakyRelu{0.2}.value(-2.0) == -0.4);
  CHECK(LeakyRelu{0.2}.value(2.0) == 2.0);
}
