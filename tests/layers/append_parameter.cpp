#include "eigenerate/layers/append_parameter.hpp"

#include <limits>

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("AppendParameter keeps the contract of a layer", "[append_parameter]") {
  require_conformance(AppendParameter{}, {4});
  require_conformance(AppendParameter{3}, {1}, {.batch = 1});
  require_conformance(AppendParameter{2}, {3, 2, 2});
  require_conformance(Sequential{Linear{3, 4}, Tanh{}, AppendParameter{1, 0.5}}, {3});
}

TEST_CASE("AppendParameter gives PyTorch's numbers", "[append_parameter]") {
  for (const auto& c : testing::load_golden("layers/append_parameter").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("x").shape;
    const Shape input = shape.size() == 2 ? Shape{shape[1]} : Shape{shape[1], shape[2], shape[3]};
    const AppendParameter layer{c["parameters"].tensor("value").shape.at(0)};
    check_golden_passes<double>(layer, input, c);
    check_golden_passes<float>(layer, input, c);
  }
}

TEST_CASE("AppendParameter declares its parameter, and begins as told", "[append_parameter]") {
  const LayerPlan plan = AppendParameter{2, -1.5}.plan({3, 4, 5}, "decoder.3");
  CHECK(plan.output == Shape{62});
  REQUIRE(plan.parameters.size() == 1);
  CHECK(plan.parameters[0].name == "decoder.3.value");
  CHECK(plan.parameters[0].shape == std::vector<Index>{2});
  const Network<float> net(AppendParameter{2, -1.5}, {1}, {.name = "a"});
  CHECK(net.predict(Matrix<float>{{7, 8}}) == Matrix<float>{{7, 8}, {-1.5f, -1.5f}, {-1.5f, -1.5f}});
}

TEST_CASE("AppendParameter refuses no numbers, and what is none", "[append_parameter]") {
  CHECK_THROWS_AS(AppendParameter{0}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS((AppendParameter{1, std::numeric_limits<double>::infinity()}.plan({3}, "a")), ConfigError);
}
