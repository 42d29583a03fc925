#include "eigenerate/layers/linear.hpp"

#include "layers/conformance.hpp"

using namespace eigenerate;

TEST_CASE("Linear keeps the contract of a layer", "[linear]") {
  require_conformance(Linear{5, 4}, {5});
  require_conformance(Linear{5, 4, false}, {5});
  require_conformance(Linear{1, 1}, {1});
}

TEST_CASE("Linear refuses images and empty sizes with advice", "[linear]") {
  CHECK_THROWS_AS((Linear{0, 3}.plan({0}, "a")), ConfigError);
  try {
    (void)Linear{12, 3}.plan({3, 2, 2}, "encoder.4");
    FAIL("an image was accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) ==
          "encoder.4 (Linear): expected input 12, got 3×2×2; put Flatten{} before it");
  }
}
