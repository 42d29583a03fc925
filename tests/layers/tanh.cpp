#include "eigenerate/layers/tanh.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Tanh keeps the contract of a layer", "[tanh]") {
  require_conformance(Tanh{}, {7});
  require_conformance(Tanh{}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Tanh gives PyTorch's numbers", "[tanh]") {
  const auto c = testing::load_golden("layers/tanh")["default"];
  check_golden_passes<double>(Tanh{}, {3, 2, 4}, c);
  check_golden_passes<float>(Tanh{}, {3, 2, 4}, c);
}

TEST_CASE("Tanh never leaves [-1, 1]", "[tanh]") {
  for (const float x : {1e-30f, 8.0f, 9.0f, 10.0f, 44.0f, 1e30f}) {
    CHECK(std::abs(Tanh{}.value(x)) <= 1.0f);
    CHECK(Tanh{}.value(-x) == -Tanh{}.value(x));
  }
  CHECK(Tanh{}.value(1e-30f) == 1e-30f);
  CHECK(Tanh{}.value(1e30f) == 1.0f);
}
