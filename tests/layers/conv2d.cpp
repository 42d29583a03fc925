#include "eigenerate/layers/conv2d.hpp"

#include "eigenerate/layers/reshape.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/network/predictor.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

namespace {

std::string error_of(const Conv2d& layer, const Shape& input) {
  try {
    (void)layer.plan(input, "encoder.0");
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

HeightWidth pair(const testing::Golden& c, const std::string& key) {
  const auto values = c.list<Index>(key);
  return {values.at(0), values.at(1)};
}

}  // namespace

TEST_CASE("Conv2d keeps the contract of a layer", "[conv2d]") {
  require_conformance(Conv2d{1, 2}, {1, 4, 4});
  require_conformance(Conv2d{2, 3, {.kernel = 4, .stride = 2, .padding = 1}}, {2, 4, 6});
  require_conformance(Conv2d{2, 3, {.kernel = {3, 2}, .stride = {1, 2}, .padding = {2, 1}}}, {2, 3, 5});
  require_conformance(Conv2d{3, 2, {.kernel = {2, 3}, .stride = {3, 2}, .bias = false}}, {3, 5, 4});
  require_conformance(Conv2d{3, 2, {.kernel = 1}}, {3, 2, 3});
  require_conformance(Conv2d{2, 4, {.kernel = {3, 2}}}, {2, 3, 2});
}

TEST_CASE("Conv2d keeps it with groups and dilations", "[conv2d]") {
  require_conformance(Conv2d{2, 3, {.kernel = {3, 2}, .stride = {2, 1}, .padding = 1, .dilation = {1, 3}}},
                      {2, 3, 4});
  require_conformance(Conv2d{4, 6, {.kernel = 2, .stride = {1, 2}, .groups = 2}}, {4, 3, 3});
  require_conformance(Conv2d{infer, 3, {.padding = 2, .bias = false, .dilation = 2, .groups = 3}}, {3, 3, 2},
                      {.batch = 1});
  require_conformance(Conv2d{2, 4, {.kernel = 1, .groups = 2}}, {2});
}

TEST_CASE("Conv2d with groups predicts what it computes where a Reshape moves its channels", "[conv2d]") {
  const Network<double> net(Sequential{Conv2d{4, 6, {.kernel = 2, .groups = 2}}, Reshape{2, 1, 3}}, {4, 2, 2},
                            {.name = "a"});
  Matrix<double> x(16, 2);
  fill_normal(x.data(), x.size(), RandomStream{1});
  CHECK(testing::relative_error(Predictor<double>(net).predict(x), net.predict(x)) <=
        testing::tolerance::golden);
}

TEST_CASE("Conv2d works on one sample and on one pixel", "[conv2d]") {
  require_conformance(Conv2d{2, 2, {.padding = 1}}, {2, 3, 3}, {.batch = 1});
  require_conformance(Conv2d{4, 3, {.kernel = 1}}, {4});
  require_conformance(Conv2d{2, 3, {.kernel = 3, .stride = 2, .padding = 1}}, {2});
}

TEST_CASE("Conv2d gives PyTorch's numbers", "[conv2d]") {
  for (const auto& c : testing::load_golden("layers/conv2d").cases()) {
    CAPTURE(c.path());
    const Index in = c.tensor("x").shape.at(1), out = c.tensor("y").shape.at(1);
    const Conv2d layer{in,
                       out,
                       {pair(c, "kernel"), pair(c, "stride"), pair(c, "padding"), c.boolean("bias"),
                        pair(c, "dilation"), c.integer("groups")}};
    const Shape input{in, c.tensor("x").shape.at(2), c.tensor("x").shape.at(3)};
    check_golden_passes<double>(layer, input, c);
    check_golden_passes<float>(layer, input, c);
  }
}

TEST_CASE("Conv2d rounds its output down", "[conv2d]") {
  const auto output = [](const Conv2d& layer, const Shape& input) { return layer.plan(input, "a").output; };
  CHECK(output(Conv2d{1, 64, {.kernel = 4, .stride = 2, .padding = 1}}, {1, 28, 28}) == Shape{64, 14, 14});
  CHECK(output(Conv2d{1, 2, {.kernel = 3, .stride = 2}}, {1, 8, 7}) == Shape{2, 3, 3});
  CHECK(output(Conv2d{1, 2, {.kernel = {1, 5}, .stride = {4, 1}, .padding = {0, 2}}}, {1, 8, 3}) ==
        Shape{2, 2, 3});
  CHECK(output(Conv2d{1, 2, {.kernel = {1, 3}, .stride = 2, .dilation = {9, 3}}}, {1, 8, 12}) ==
        Shape{2, 4, 3});
}

TEST_CASE("Conv2d declares PyTorch's weight and its default initialisation", "[conv2d]") {
  const LayerPlan plan = Conv2d{3, 5, {.kernel = {4, 2}}}.plan({3, 8, 8}, "encoder.0");
  REQUIRE(plan.parameters.size() == 2);
  const Segment& weight = plan.parameters[0];
  CHECK(weight.name == "encoder.0.weight");
  CHECK(weight.shape == std::vector<Index>{5, 3, 4, 2});
  CHECK(weight.memory_order == std::vector<Index>{0, 2, 3, 1});
  CHECK(weight.fan_in == 3 * 4 * 2);
  CHECK(weight.fan_out == 5 * 4 * 2);
  CHECK(weight.initial_bound == 1 / std::sqrt(24.0));
  CHECK(plan.parameters[1].name == "encoder.0.bias");
  CHECK(plan.parameters[1].initial_bound == 1 / std::sqrt(24.0));
  CHECK(Conv2d{3, 5, {.bias = false}}.plan({3, 8, 8}, "a").parameters.size() == 1);
  const Segment grouped = Conv2d{6, 4, {.groups = 2}}.plan({6, 8, 8}, "a").parameters[0];
  CHECK(grouped.shape == std::vector<Index>{4, 3, 3, 3});
  CHECK(grouped.fan_in == 27);
  CHECK(grouped.initial_bound == 1 / std::sqrt(27.0));
}

TEST_CASE("Conv2d refuses what it cannot take, with advice", "[conv2d]") {
  CHECK(error_of(Conv2d{1, 2}, {784}) ==
        "encoder.0 (Conv2d): expected input of 1 channels, got 784; put Reshape{1, height, width} before it");
  CHECK(error_of(Conv2d{3, 2}, {1, 28, 28}) ==
        "encoder.0 (Conv2d): expected input of 3 channels, got 1×28×28");
  CHECK(error_of(Conv2d{1, 2, {.kernel = {4, 6}, .padding = {0, 1}}}, {1, 4, 3}) ==
        "encoder.0 (Conv2d): expected input of at least 4×6 pixels with its padding of 0×1, got 1×4×3");
  CHECK(error_of(Conv2d{0, 2}, {1, 4, 4}) ==
        "encoder.0 (Conv2d): needs at least one input and one output channel, got 0 and 2");
  CHECK(error_of(Conv2d{1, 2, {.kernel = 0}}, {1, 4, 4}) ==
        "encoder.0 (Conv2d): kernel and stride must be at least 1, got kernel 0×0 and stride 1×1");
  CHECK(error_of(Conv2d{1, 2, {.stride = {1, 0}}}, {1, 4, 4}) ==
        "encoder.0 (Conv2d): kernel and stride must be at least 1, got kernel 3×3 and stride 1×0");
  CHECK(error_of(Conv2d{1, 2, {.padding = -1}}, {1, 4, 4}) ==
        "encoder.0 (Conv2d): padding must not be negative, got -1×-1");
  CHECK(error_of(Conv2d{1, 2, {.padding = 1, .dilation = {1, 3}}}, {1, 4, 4}) ==
        "encoder.0 (Conv2d): expected input of at least 3×7 pixels with its padding of 1×1, got 1×4×4");
  CHECK(error_of(Conv2d{4, 6, {.groups = 4}}, {4, 4, 4}) ==
        "encoder.0 (Conv2d): needs groups that divide 4 input and 6 output channels, got 4");
  CHECK(error_of(Conv2d{infer, 6, {.groups = 3}}, {4, 4, 4}) ==
        "encoder.0 (Conv2d): expected input of channels that 3 groups divide, got 4×4×4");
  CHECK(error_of(Conv2d{4, 6, {.groups = 0}}, {4, 4, 4}).find("got 0") != std::string::npos);
  CHECK(error_of(Conv2d{1, 2, {.dilation = {0, 1}}}, {1, 4, 4}).find("dilation must be in [1, ") !=
        std::string::npos);
  CHECK_THROWS_AS((Conv2d{1, 2}.plan({784}, "a")), ShapeError);
  CHECK_THROWS_AS((Conv2d{1, 2, {.kernel = 5}}.plan({1, 4, 4}, "a")), ShapeError);
  CHECK_THROWS_AS((Conv2d{1, 2, {.stride = 0}}.plan({1, 4, 4}, "a")), ConfigError);
}
