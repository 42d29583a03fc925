#include "eigenerate/layers/maxout.hpp"

#include <limits>

#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/spectral_norm.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("Maxout keeps the contract of a layer", "[maxout]") {
  require_conformance(Maxout{3}, {6});
  require_conformance(Maxout{2}, {4, 2, 3}, {.batch = 2});
  require_conformance(Maxout{1}, {3});
  require_conformance(Sequential{SpectralNorm{Linear{4, 10}}, Maxout{5}, Linear{2, 1}}, {4});
  require_conformance(Sequential{Conv2d{1, 6, {.kernel = 2}}, Maxout{3}}, {1, 3, 3}, {.batch = 2});
}

TEST_CASE("Maxout gives PyTorch's numbers", "[maxout]") {
  const auto golden = testing::load_golden("layers/maxout");
  check_golden_passes<double>(Maxout{3}, {6}, golden["vector"]);
  check_golden_passes<float>(Maxout{3}, {6}, golden["vector"]);
  check_golden_passes<double>(Maxout{2}, {6, 2, 3}, golden["image"]);
  check_golden_passes<float>(Maxout{2}, {6, 2, 3}, golden["image"]);
  check_golden_passes<double>(Sequential{Linear{4, 10}, Maxout{5}}, {4}, golden["behind a linear"]);
}

TEST_CASE("of equal pieces the first one wins, and a NaN wins over every number", "[maxout]") {
  Network<float> net(Maxout{3}, Shape{3});
  auto ws = net.make_workspace(3);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Matrix<float> x(3, 3), dy = Matrix<float>::Ones(1, 3);
  x << 2, 1, nan, 2, nan, 1, 1, 5, 2;  // a column each
  const Matrix<float> y = net.forward({x}, ws);
  CHECK(y(0) == 2);
  CHECK(std::isnan(y(1)));
  CHECK(std::isnan(y(2)));
  Matrix<float> expected(3, 3);
  expected << 1, 0, 1, 0, 1, 0, 0, 0, 0;
  CHECK(net.backward(dy, ws, {.x = true}).x == expected);
}

TEST_CASE("Maxout refuses what it cannot divide", "[maxout]") {
  support::refuses<ShapeError>([] { Maxout{3}.plan({7}, "a"); }, {"a (Maxout)", "3 pieces divide", "7"});
  support::refuses<ConfigError>([] { Maxout{0}.plan({7}, "a"); }, {"got 0"});
}
