#include "eigenerate/layers/project_condition.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("ProjectCondition keeps the contract of a layer", "[project_condition]") {
  require_conformance(ProjectCondition{}, {4}, {.condition = Shape{3}});
  require_conformance(ProjectCondition{}, {4},
                      {.batch = 4, .condition = Shape{3}, .samples_per_condition = 2});
  require_conformance(ProjectCondition{}, {4},
                      {.batch = 4, .condition = Shape{3}, .samples_per_condition = 4});
  require_conformance(ProjectCondition{}, {3, 2, 3},
                      {.batch = 4, .condition = Shape{2}, .samples_per_condition = 2});
  require_conformance(ProjectCondition{}, {1}, {.batch = 1, .condition = Shape{1}});
  require_conformance(Sequential{Linear{3, 5}, Tanh{}, ProjectCondition{}}, {3}, {.condition = Shape{2}});
}

TEST_CASE("ProjectCondition gives PyTorch's numbers, at second order too", "[project_condition]") {
  for (const auto& c : testing::load_golden("layers/project_condition").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("x").shape;
    const Shape input = shape.size() == 2 ? Shape{shape[1]} : Shape{shape[1], shape[2], shape[3]};
    check_golden_passes<double>(ProjectCondition{}, input, c);
    check_golden_passes<float>(ProjectCondition{}, input, c);
  }
}

TEST_CASE("ProjectCondition adds the row of a label's embedding to the weight", "[project_condition]") {
  Network<double> net(ProjectCondition{}, {2}, {.name = "d", .condition = Shape{3}});
  auto& p = net.parameters();
  p["d.weight"] << 1, 2;
  p["d.bias"] << 0.5;
  // PyTorch's (3, 2), features slowest in memory.
  p["d.embedding"] << 10, 20, 30, 40, 50, 60;
  Matrix<double> x(2, 1), label(3, 1);
  x << 3, 4;
  label << 0, 1, 0;
  CHECK(net.predict(x, label)(0) == (1 + 20) * 3 + (2 + 50) * 4 + 0.5);
}

TEST_CASE("ProjectCondition declares its tensors", "[project_condition]") {
  const LayerPlan plan = ProjectCondition{}.plan({4}, Place("d.7", Shape{10}));
  REQUIRE(plan.parameters.size() == 3);
  CHECK(plan.output == Shape{1});
  CHECK(plan.parameters[0].name == "d.7.embedding");
  CHECK(plan.parameters[0].shape == std::vector<Index>{10, 4});
  CHECK(plan.parameters[1].shape == std::vector<Index>{1, 4});
  CHECK(plan.parameters[2].shape == std::vector<Index>{1});
  CHECK(ProjectCondition{}.plan({4, 3, 2}, Place("d.7", Shape{10})).output == Shape{1, 3, 2});
}

TEST_CASE("ProjectCondition refuses what it cannot take", "[project_condition]") {
  CHECK_THROWS_AS(ProjectCondition{}.plan({4}, "a"), ConfigError);
  CHECK_THROWS_AS(ProjectCondition{}.plan({4, 2, 2}, Place("a", Shape{1, 2, 2})), ShapeError);
}
