#include "eigenerate/layers/pack_channels.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("PackChannels keeps the contract of a layer", "[pack_channels]") {
  require_conformance(PackChannels{2}, {3, 4, 2});
  require_conformance(PackChannels{3}, {4, 3, 1}, {.batch = 1});
  require_conformance(PackChannels{1}, {2, 3, 3});
  require_conformance(PackedInput<double>(Sequential{Conv2d{4, 3, {.kernel = 2}}}, 2), {2, 4, 3});
}

TEST_CASE("PackChannels gives PyTorch's numbers", "[pack_channels]") {
  const auto golden = testing::load_golden("layers/pack_channels");
  check_golden_passes<double>(PackChannels{2}, {3, 4, 2}, golden["images"]);
  check_golden_passes<float>(PackChannels{3}, {4, 3, 1}, golden["vectors"]);
}

TEST_CASE("a packed input keeps the names of its layers, and says what it needs", "[pack_channels]") {
  const Network<float> net(PackedInput<float>(Sequential{Linear{6, 2}, BatchNorm{2}}, 3), {.name = "d"});
  CHECK(net.input_shape() == Shape{2, 3, 1});
  CHECK(net.parameters().segments().front().name == "d.0.weight");
  CHECK(net.plan().least_training_batch == 6);
}

TEST_CASE("PackChannels refuses what it cannot cut", "[pack_channels]") {
  support::refuses<ShapeError>(
      [] {
        PackChannels{2}.plan({1, 3, 4}, "a");
      },
      {"a (PackChannels)", "2 divides"});
  support::refuses<ConfigError>([] { PackChannels{0}.plan({1, 3, 4}, "a"); }, {"got 0"});
}
