#include "eigenerate/layers/reflection_pad.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("ReflectionPad keeps the contract of a layer", "[reflection_pad]") {
  require_conformance(ReflectionPad{1}, {3, 2, 3});
  require_conformance(ReflectionPad{{2, 1}}, {1, 3, 2}, {.batch = 1});
  require_conformance(ReflectionPad{{0, 3}}, {2, 1, 4});
  require_conformance(ReflectionPad{0}, {2});
}

TEST_CASE("ReflectionPad gives PyTorch's numbers", "[reflection_pad]") {
  for (const auto& c : testing::load_golden("layers/reflection_pad").cases()) {
    CAPTURE(c.path());
    const auto padding = c.list<Index>("padding");
    const auto shape = c.tensor("x").shape;
    const ReflectionPad layer{{padding.at(0), padding.at(1)}};
    check_golden_passes<double>(layer, {shape[1], shape[2], shape[3]}, c);
    check_golden_passes<float>(layer, {shape[1], shape[2], shape[3]}, c);
  }
}

TEST_CASE("ReflectionPad mirrors at the outermost pixels", "[reflection_pad]") {
  const auto net = Network<float>(ReflectionPad{{0, 2}}, {1, 1, 4}, {.name = "a"});
  CHECK(net.predict(Matrix<float>{{1}, {2}, {3}, {4}}) ==
        Matrix<float>{{3}, {2}, {1}, {2}, {3}, {4}, {3}, {2}});
}

TEST_CASE("ReflectionPad refuses what it cannot take", "[reflection_pad]") {
  CHECK_THROWS_AS(ReflectionPad{-1}.plan({1, 2, 2}, "a"), ConfigError);
  try {
    (void)ReflectionPad{{1, 3}}.plan({2, 4, 3}, "generator.0");
    FAIL("an image as wide as its padding was accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) ==
          "generator.0 (ReflectionPad): expected input of more than 1×3 pixels, its padding, got 2×4×3");
  }
}
