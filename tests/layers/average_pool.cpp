#include "eigenerate/layers/average_pool.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("AveragePool keeps the contract of a layer", "[average_pool]") {
  require_conformance(AveragePool{2}, {3, 4, 6});
  require_conformance(AveragePool{3, 2, 1}, {2, 5, 4}, {.batch = 1});
  require_conformance(AveragePool{2, 3, 1}, {2, 4, 5});
  require_conformance(AveragePool{1, 2}, {2, 3, 3});
}

TEST_CASE("AveragePool gives PyTorch's numbers", "[average_pool]") {
  for (const auto& c : testing::load_golden("layers/average_pool").cases()) {
    CAPTURE(c.path());
    const AveragePool layer{c.integer("kernel"), c.integer("stride"), c.integer("padding")};
    const auto x = c.tensor("x").shape;
    check_golden_passes<double>(layer, {x.at(1), x.at(2), x.at(3)}, c);
    check_golden_passes<float>(layer, {x.at(1), x.at(2), x.at(3)}, c);
  }
}

TEST_CASE("AveragePool's stride is its kernel unless given", "[average_pool]") {
  CHECK(AveragePool{2}.plan({3, 8, 6}, "a").output == Shape{3, 4, 3});
}
