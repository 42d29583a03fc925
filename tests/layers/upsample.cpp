#include "eigenerate/layers/upsample.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Upsample keeps the contract of a layer", "[upsample]") {
  require_conformance(Upsample{2}, {3, 2, 3});
  require_conformance(Upsample{3}, {1, 3, 1}, {.batch = 1});
  require_conformance(Upsample{1}, {2, 2, 2});
}

TEST_CASE("Upsample gives PyTorch's numbers", "[upsample]") {
  for (const auto& c : testing::load_golden("layers/upsample").cases()) {
    CAPTURE(c.path());
    check_golden_passes<double>(Upsample{c.integer("factor")}, {3, 2, 3}, c);
    check_golden_passes<float>(Upsample{c.integer("factor")}, {3, 2, 3}, c);
  }
}

TEST_CASE("Upsample refuses a factor below one", "[upsample]") {
  CHECK_THROWS_AS(Upsample{0}.plan({1, 2, 2}, "a"), ConfigError);
}
