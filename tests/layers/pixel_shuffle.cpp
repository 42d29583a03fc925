#include "eigenerate/layers/pixel_shuffle.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("PixelShuffle keeps the contract of a layer", "[pixel_shuffle]") {
  require_conformance(PixelShuffle{2}, {8, 2, 3});
  require_conformance(PixelShuffle{3}, {9}, {.batch = 1});
  require_conformance(PixelShuffle{1}, {2, 2, 2});
}

TEST_CASE("PixelShuffle gives PyTorch's numbers", "[pixel_shuffle]") {
  for (const auto& c : testing::load_golden("layers/pixel_shuffle").cases()) {
    CAPTURE(c.path());
    const PixelShuffle layer{c.integer("factor")};
    const Shape input{c.tensor("x").shape.at(1), 2, 3};
    check_golden_passes<double>(layer, input, c);
    check_golden_passes<float>(layer, input, c);
  }
}

TEST_CASE("PixelShuffle refuses what it cannot take", "[pixel_shuffle]") {
  CHECK_THROWS_AS(PixelShuffle{0}.plan({4, 2, 2}, "a"), ConfigError);
  try {
    (void)PixelShuffle{2}.plan({6, 2, 2}, "generator.1");
    FAIL("six channels were accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) ==
          "generator.1 (PixelShuffle): expected input of channels that 2² divides, got 6×2×2");
  }
}
