#include "eigenerate/layers/max_pool.hpp"

#include <limits>

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

namespace {

/// Output and input gradient (for dy = 1) of one window over all four pixels of a 1×2×2 image.
std::pair<float, Vector<float>> pool_four(float a, float b, float c, float d) {
  Network net(MaxPool{2}, Shape{1, 2, 2});
  auto ws = net.make_workspace(1);
  Matrix<float> x(4, 1), dy = Matrix<float>::Ones(1, 1);
  x << a, b, c, d;
  const float y = net.forward({x}, ws)(0);
  return {y, net.backward(dy, ws, {.x = true}).x.col(0)};
}

Vector<float> only(Index winner) {
  return Vector<float>::Unit(4, winner);
}

}  // namespace

TEST_CASE("MaxPool keeps the contract of a layer", "[max_pool]") {
  require_conformance(MaxPool{2}, {3, 4, 6});
  require_conformance(MaxPool{3, 2, 1}, {2, 5, 4}, {.batch = 1});
  require_conformance(MaxPool{3, 1, 1}, {2, 4, 3});
  require_conformance(MaxPool{1, 2}, {2, 3, 3});
}

TEST_CASE("MaxPool gives PyTorch's numbers", "[max_pool]") {
  for (const auto& c : testing::load_golden("layers/max_pool").cases()) {
    CAPTURE(c.path());
    const MaxPool layer{c.integer("kernel"), c.integer("stride"), c.integer("padding")};
    const auto x = c.tensor("x").shape;
    check_golden_passes<double>(layer, {x.at(1), x.at(2), x.at(3)}, c);
    check_golden_passes<float>(layer, {x.at(1), x.at(2), x.at(3)}, c);
  }
}

TEST_CASE("of equal elements MaxPool takes the first, row by row", "[max_pool]") {
  CHECK(pool_four(1, 3, 3, 2) == std::pair{3.0f, only(1)});
  CHECK(pool_four(5, 5, 5, 5) == std::pair{5.0f, only(0)});
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(pool_four(-infinity, -infinity, -infinity, -infinity) == std::pair{-infinity, only(0)});
}

TEST_CASE("MaxPool passes a NaN on", "[max_pool]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [y, dx] : {pool_four(nan, 3, 3, 2), pool_four(1, nan, 3, 2), pool_four(1, 3, 3, nan)})
    CHECK(std::isnan(y));
  CHECK(pool_four(1, nan, 3, 2).second == only(1));
}

TEST_CASE("MaxPool's padding never wins", "[max_pool]") {
  Network net(MaxPool{2, 2, 1}, Shape{1, 2, 2});
  auto ws = net.make_workspace(1);
  Matrix<float> x(4, 1);
  x << -1, -2, -3, -4;
  CHECK(net.forward({x}, ws) == x);
}
