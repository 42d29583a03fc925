#include "eigenerate/layers/conv_transpose2d.hpp"

#include "eigenerate/layers/conv2d.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

namespace {

std::string error_of(const ConvTranspose2d& layer, const Shape& input) {
  try {
    (void)layer.plan(input, "decoder.2");
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

TEST_CASE("ConvTranspose2d keeps the contract of a layer", "[conv_transpose2d]") {
  require_conformance(ConvTranspose2d{1, 2}, {1, 2, 2});
  require_conformance(ConvTranspose2d{3, 2, {.kernel = 4, .stride = 2, .padding = 1}}, {3, 2, 3});
  require_conformance(ConvTranspose2d{2, 3, {.stride = 2, .padding = 1, .output_padding = 1}}, {2, 2, 2});
  require_conformance(ConvTranspose2d{2, 3, {.kernel = {1, 2}, .stride = {2, 3}, .output_padding = {1, 0}}},
                      {2, 3, 2});
  require_conformance(
      ConvTranspose2d{2, 1, {.kernel = {3, 2}, .stride = {1, 2}, .padding = {2, 0}, .bias = false}},
      {2, 3, 2});
  require_conformance(ConvTranspose2d{2, 3, {.kernel = 1}}, {2, 2, 3});
  require_conformance(ConvTranspose2d{2, 3, {.stride = {1, 2}, .padding = 1, .dilation = {2, 1}}}, {2, 2, 2});
  require_conformance(ConvTranspose2d{4, 2, {.kernel = 2, .stride = 2, .groups = 2}}, {4, 2, 1});
}

TEST_CASE("ConvTranspose2d works on one sample and begins a generator from a latent vector",
          "[conv_transpose2d]") {
  require_conformance(ConvTranspose2d{2, 2, {.stride = 2}}, {2, 2, 2}, {.batch = 1});
  require_conformance(ConvTranspose2d{5, 2, {.kernel = {4, 3}}}, {5});
}

TEST_CASE("ConvTranspose2d gives PyTorch's numbers", "[conv_transpose2d]") {
  for (const auto& c : testing::load_golden("layers/conv_transpose2d").cases()) {
    CAPTURE(c.path());
    const Index in = c.tensor("x").shape.at(1), out = c.tensor("y").shape.at(1);
    const ConvTranspose2d layer{
        in,
        out,
        {pair(c, "kernel"), pair(c, "stride"), pair(c, "padding"), pair(c, "output_padding"),
         c.boolean("bias"), pair(c, "dilation"), c.integer("groups")}};
    const Shape input{in, c.tensor("x").shape.at(2), c.tensor("x").shape.at(3)};
    check_golden_passes<double>(layer, input, c);
    check_golden_passes<float>(layer, input, c);
  }
}

TEST_CASE("ConvTranspose2d undoes the shape of a convolution", "[conv_transpose2d]") {
  const auto output = [](const ConvTranspose2d& layer, const Shape& input) {
    return layer.plan(input, "a").output;
  };
  CHECK(output(ConvTranspose2d{128, 64, {.kernel = 4, .stride = 2, .padding = 1}}, {128, 7, 7}) ==
        Shape{64, 14, 14});
  for (Index rows = 5; rows < 9; ++rows)
    for (Index extra = 0; extra < 3; ++extra) {
      const Shape image{2, rows, 7};
      const Shape small =
          Conv2d{2, 3, {.kernel = {3, 2}, .stride = {3, 1}, .padding = {1, 0}}}.plan(image, "a").output;
      const ConvTranspose2d back{
          3, 2, {.kernel = {3, 2}, .stride = {3, 1}, .padding = {1, 0}, .output_padding = {extra, 0}}};
      CHECK((output(back, small) == image) == ((rows - 1) % 3 == extra));
    }
}

TEST_CASE("ConvTranspose2d is the adjoint of the convolution with the same weight", "[conv_transpose2d]") {
  const ConvTranspose2d layer{
      3, 2, {.kernel = {3, 2}, .stride = 2, .padding = {1, 0}, .output_padding = 1, .bias = false}};
  const Shape small{3, 2, 3};
  auto up = Network<double>(layer, small, NetworkOptions{.name = "up", .seed = 1});
  auto down = Network<double>(Conv2d{2, 3, {.kernel = {3, 2}, .stride = 2, .padding = {1, 0}, .bias = false}},
                              up.output_shape(), NetworkOptions{.name = "down"});
  REQUIRE(down.output_shape() == small);
  down.parameters()["down.weight"] = up.parameters()["up.weight"];
  Matrix<double> x(small.size(), 2), y(up.output_shape().size(), 2);
  fill_normal(x.data(), x.size(), RandomStream{1});
  fill_normal(y.data(), y.size(), RandomStream{2});
  auto up_ws = up.make_workspace(2), down_ws = down.make_workspace(2);
  const double left = up.forward({x}, up_ws).cwiseProduct(y).sum();
  const double right = down.forward({y}, down_ws).cwiseProduct(x).sum();
  CHECK(std::abs(left - right) <= testing::tolerance::golden * std::abs(left));
}

TEST_CASE("ConvTranspose2d declares PyTorch's weight and its default initialisation", "[conv_transpose2d]") {
  const LayerPlan plan = ConvTranspose2d{3, 5, {.kernel = {4, 2}}}.plan({3, 8, 8}, "decoder.2");
  REQUIRE(plan.parameters.size() == 2);
  const Segment& weight = plan.parameters[0];
  CHECK(weight.name == "decoder.2.weight");
  CHECK(weight.shape == std::vector<Index>{3, 5, 4, 2});
  CHECK(weight.memory_order == std::vector<Index>{0, 2, 3, 1});
  CHECK(weight.fan_in == 5 * 4 * 2);
  CHECK(weight.fan_out == 3 * 4 * 2);
  CHECK(weight.initial_bound == 1 / std::sqrt(40.0));
  CHECK(plan.parameters[1].name == "decoder.2.bias");
  CHECK(plan.parameters[1].shape == std::vector<Index>{5});
  CHECK(plan.parameters[1].initial_bound == 1 / std::sqrt(40.0));
  CHECK(ConvTranspose2d{3, 5, {.bias = false}}.plan({3, 8, 8}, "a").parameters.size() == 1);
}

TEST_CASE("ConvTranspose2d refuses what it cannot take, with advice", "[conv_transpose2d]") {
  CHECK(error_of(ConvTranspose2d{128, 64}, {6272}) ==
        "decoder.2 (ConvTranspose2d): expected input of 128 channels, got 6272; put Reshape{128, height, "
        "width} "
        "before it");
  CHECK(error_of(ConvTranspose2d{3, 2}, {1, 28, 28}) ==
        "decoder.2 (ConvTranspose2d): expected input of 3 channels, got 1×28×28");
  CHECK(error_of(ConvTranspose2d{1, 2, {.kernel = 2, .padding = 1}}, {1, 1, 5}) ==
        "decoder.2 (ConvTranspose2d): expected input of which a padding of 1×1 leaves at least one pixel of "
        "output, "
        "got 1×1×5");
  const std::string output_padding =
      "decoder.2 (ConvTranspose2d): output_padding must be at least 0 and below the stride, got ";
  CHECK(error_of(ConvTranspose2d{1, 2, {.stride = {1, 2}, .output_padding = 1}}, {1, 4, 4}) ==
        output_padding + "1×1 and stride 1×2");
  CHECK(error_of(ConvTranspose2d{1, 2, {.stride = {2, 1}, .output_padding = 1}}, {1, 4, 4}) ==
        output_padding + "1×1 and stride 2×1");
  CHECK(error_of(ConvTranspose2d{1, 2, {.stride = 2, .output_padding = {0, -1}}}, {1, 4, 4}) ==
        output_padding + "0×-1 and stride 2×2");
  CHECK_THROWS_AS((ConvTranspose2d{128, 64}.plan({6272}, "a")), ShapeError);
  CHECK_THROWS_AS((ConvTranspose2d{1, 2, {.kernel = 2, .padding = 1}}.plan({1, 1, 5}, "a")), ShapeError);
  CHECK_THROWS_AS((ConvTranspose2d{1, 2, {.output_padding = 1}}.plan({1, 4, 4}, "a")), ConfigError);
  CHECK_THROWS_AS((ConvTranspose2d{1, 0}.plan({1, 4, 4}, "a")), ConfigError);
  CHECK_THROWS_AS((ConvTranspose2d{1, 2, {.kernel = 0}}.plan({1, 4, 4}, "a")), ConfigError);
  CHECK_THROWS_AS((ConvTranspose2d{1, 2, {.padding = -1}}.plan({1, 4, 4}, "a")), ConfigError);
}
