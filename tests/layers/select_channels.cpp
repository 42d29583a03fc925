#include "eigenerate/layers/select_channels.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("SelectChannels keeps the contract of a layer", "[select_channels]") {
  require_conformance(SelectChannels{0, 2}, {4});
  require_conformance(SelectChannels{1, 2}, {4, 3, 2});
  require_conformance(SelectChannels{0, 3}, {3}, {.batch = 1});
  require_conformance(Sequential{Linear{3, 4}, SelectChannels{2, 2}, Linear{2, 3}}, {3});
}

TEST_CASE("SelectChannels gives PyTorch's numbers", "[select_channels]") {
  const auto golden = testing::load_golden("layers/select_channels");
  check_golden_passes<double>(SelectChannels{1, 2}, {5}, golden["vector"]);
  check_golden_passes<float>(SelectChannels{2, 2}, {4, 3, 2}, golden["image"]);
}

TEST_CASE("SelectChannels refuses channels that there are not", "[select_channels]") {
  using support::refuses;
  refuses<ShapeError>(
      [] {
        SelectChannels{2, 3}.plan({4}, "a");
      },
      {"a (SelectChannels)", "at least 5 channels"});
  refuses<ConfigError>([] { SelectChannels{-1, 3}.plan({4}, "a"); }, {"3 from -1 on"});
  refuses<ConfigError>([] { SelectChannels{0, 0}.plan({4}, "a"); }, {"0 from 0 on"});
}
