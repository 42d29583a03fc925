#include "eigenerate/layers/with_condition.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/concat.hpp"
#include "eigenerate/layers/dropout.hpp"
#include "eigenerate/layers/flatten.hpp"
#include "eigenerate/layers/identity.hpp"
#include "eigenerate/layers/join_condition.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/modulate.hpp"
#include "eigenerate/layers/project_condition.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/sigmoid.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("WithCondition keeps the contract of a layer", "[with_condition]") {
  const Sequential body{Linear{3, 4}, Modulate{}, Tanh{}, JoinCondition{}};
  require_conformance(WithCondition{Sequential{Linear{2, 3}, Tanh{}}, body}, {3}, {.condition = Shape{2}});
  require_conformance(WithCondition{Sequential{Linear{2, 3}, Tanh{}}, body}, {3},
                      {.batch = 4, .condition = Shape{2}, .samples_per_condition = 2});
  require_conformance(WithCondition{Tanh{}, body}, {3},
                      {.batch = 4, .condition = Shape{2}, .samples_per_condition = 4});
  // From an image to a vector, and by way of noise and of statistics, which have no tangent pass and need
  // none.
  require_conformance(WithCondition{Sequential{Flatten{}, Linear{8, 2}}, Modulate{}}, {3, 1, 2},
                      {.condition = Shape{2, 2, 2}});
  require_conformance(WithCondition{Sequential{Linear{2, 3}, BatchNorm{3}, Dropout{0.5}}, Modulate{}}, {3},
                      {.batch = 4, .condition = Shape{2}});
  // In and beside others, twice over.
  require_conformance(
      Sequential{JoinCondition{}, WithCondition{Linear{2, 3}, WithCondition{Tanh{}, Modulate{}}}, Modulate{}},
      {3}, {.batch = 4, .condition = Shape{2}, .samples_per_condition = 2});
  require_conformance(Concat{Identity{}, WithCondition{Linear{2, 3}, Modulate{}}}, {3},
                      {.condition = Shape{2}});
}

TEST_CASE("WithCondition gives PyTorch's numbers", "[with_condition]") {
  const auto golden = testing::load_golden("layers/with_condition");
  const WithCondition layer{Sequential{Linear{3, 4}, Tanh{}},
                            Sequential{Linear{5, 4}, Modulate{}, Tanh{}, ProjectCondition{}}};
  check_golden_passes<double>(layer, {5}, golden["embedded"]);
  check_golden_passes<float>(layer, {5}, golden["embedded"]);
}

TEST_CASE("WithCondition passes on what its body says", "[with_condition]") {
  const auto plan =
      WithCondition{Linear{2, 3}, Sequential{JoinCondition{}, Sigmoid{}}}.plan({4}, Place("d", Shape{2}));
  CHECK(plan.output == Shape{7});
  CHECK(plan.output_range == ValueRange{0, 1});
  CHECK(plan.bounded_by == "d.body.1 (Sigmoid)");
  CHECK(plan.parameter_size == plan.children[0].parameter_size);
  CHECK(plan.children[0].parameters[0].name == "d.embedding.weight");
  CHECK(plan.children[1].condition == Shape{3});
  CHECK(plan.uses_condition);
}

TEST_CASE("WithCondition refuses what it cannot take", "[with_condition]") {
  CHECK_THROWS_AS((WithCondition{Linear{2, 3}, Modulate{}}.plan({4}, "a")), ConfigError);
  CHECK_THROWS_AS((WithCondition{Linear{2, 3}, Modulate{}}.plan({4}, Place("a", Shape{3}))), ShapeError);
  CHECK_THROWS_AS((WithCondition{Linear{2, 3}, Tanh{}}.plan({4}, Place("a", Shape{2}))), ConfigError);
}
