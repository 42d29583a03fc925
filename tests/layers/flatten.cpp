#include "eigenerate/layers/flatten.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Flatten keeps the contract of a layer", "[flatten]") {
  require_conformance(Flatten{}, {3, 2, 4});
  require_conformance(Flatten{}, {1, 3, 3}, {.batch = 1});
  require_conformance(Flatten{}, {5});
}

TEST_CASE("Flatten makes the weights of a Linear behind it PyTorch's", "[flatten]") {
  const auto c = testing::load_golden("layers/flatten")["image"];
  check_golden_passes<double>(Sequential{Flatten{}, Linear{12, 4}}, {3, 2, 2}, c);
  check_golden_passes<float>(Sequential{Flatten{}, Linear{12, 4}}, {3, 2, 2}, c);
}

TEST_CASE("Flatten orders by channel, then row, then column", "[flatten]") {
  Network net(Flatten{}, Shape{2, 2, 3});
  auto ws = net.make_workspace(1);
  Matrix<float> x(12, 1);
  for (Index c = 0; c < 2; ++c)
    for (Index h = 0; h < 2; ++h)
      for (Index w = 0; w < 3; ++w) x(c + 2 * (w + 3 * h)) = static_cast<float>(w + 3 * (h + 2 * c));
  const auto y = net.forward({x}, ws);
  for (Index i = 0; i < 12; ++i) CHECK(y(i) == static_cast<float>(i));
  CHECK(net.output_shape() == Shape{12});
}
