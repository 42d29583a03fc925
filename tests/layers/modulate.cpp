#include "eigenerate/layers/modulate.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("Modulate keeps the contract of a layer", "[modulate]") {
  require_conformance(Modulate{}, {4}, {.condition = Shape{3}});
  require_conformance(Modulate{}, {4}, {.batch = 4, .condition = Shape{3}, .samples_per_condition = 2});
  require_conformance(Modulate{}, {4}, {.batch = 4, .condition = Shape{3}, .samples_per_condition = 4});
  require_conformance(Modulate{}, {4}, {.batch = 1, .condition = Shape{1}});
  require_conformance(Modulate{}, {3, 2, 3}, {.batch = 4, .condition = Shape{2}, .samples_per_condition = 2});
  require_conformance(Sequential{Linear{3, 4}, Modulate{}, Tanh{}, Modulate{}}, {3}, {.condition = Shape{2}});
  require_conformance(Sequential{BatchNorm{3, {.affine = false}}, Modulate{}}, {3},
                      {.batch = 4, .condition = Shape{2}});
}

TEST_CASE("Modulate gives PyTorch's numbers, at second order too", "[modulate]") {
  for (const auto& c : testing::load_golden("layers/modulate").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("x").shape;
    const Shape input = shape.size() == 2 ? Shape{shape[1]} : Shape{shape[1], shape[2], shape[3]};
    check_golden_passes<double>(Modulate{}, input, c);
    check_golden_passes<float>(Modulate{}, input, c);
  }
}

TEST_CASE("Modulate begins as the identity, whatever the initializer", "[modulate]") {
  Network<double> net(Modulate{}, {3}, {.initializer = NormalInit{}, .condition = Shape{2}});
  Matrix<double> x(3, 2), condition(2, 2);
  x << 1, 2, 3, 4, 5, 6;
  condition << 1, -1, 0.5, 7;
  CHECK(net.predict(x, condition) == x);
}

TEST_CASE("Modulate declares its tensors", "[modulate]") {
  const LayerPlan plan = Modulate{}.plan({4, 3, 3}, Place("g.1", Shape{5}));
  REQUIRE(plan.parameters.size() == 2);
  CHECK(plan.parameters[0].name == "g.1.weight");
  CHECK(plan.parameters[0].shape == std::vector<Index>{8, 5});
  CHECK(plan.parameters[1].shape == std::vector<Index>{8});
  CHECK(plan.multiply_adds == 5 * 8 + 4 * 9);
  CHECK(plan.uses_condition);
}

TEST_CASE("Modulate refuses what it cannot take", "[modulate]") {
  CHECK_THROWS_AS(Modulate{}.plan({4}, "a"), ConfigError);
  CHECK_THROWS_AS(Modulate{}.plan({4, 2, 2}, Place("a", Shape{1, 2, 2})), ShapeError);
}
