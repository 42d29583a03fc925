#include "eigenerate/layers/identity.hpp"

#include "layers/conformance.hpp"

using namespace eigenerate;

TEST_CASE("Identity keeps the contract of a layer", "[identity]") {
  require_conformance(Identity{}, {4});
  require_conformance(Identity{}, {3, 2, 4}, {.batch = 1});
}

TEST_CASE("Identity says that its outputs are its inputs", "[identity]") {
  const LayerPlan plan = Identity{}.plan({3, 2, 4}, "a");
  CHECK(plan.is_identity);
  CHECK(plan.moves_values);
  CHECK(plan.output == Shape{3, 2, 4});
  CHECK(plan.parameter_size == 0);
}
