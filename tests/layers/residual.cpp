#include "eigenerate/layers/residual.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/sigmoid.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Residual keeps the contract of a layer", "[residual]") {
  require_conformance(Residual{Linear{4, 4}}, {4});
  require_conformance(Residual{Tanh{}}, {2, 2, 3}, {.batch = 1});
  require_conformance(
      Sequential{Linear{3, 4}, Residual{Sequential{Linear{4, 6}, Sigmoid{}, Linear{6, 4}, Tanh{}}}}, {3});
}

TEST_CASE("Residual gives PyTorch's numbers", "[residual]") {
  const auto golden = testing::load_golden("layers/residual");
  const Residual block{Sequential{Linear{3, 5}, Tanh{}, Linear{5, 3}, Tanh{}}};
  check_golden_passes<double>(block, {3}, golden["block"]);
  check_golden_passes<float>(block, {3}, golden["block"]);
  const Residual nested{Residual{Sequential{Linear{3, 3}, Sigmoid{}}}};
  check_golden_passes<double>(nested, {3}, golden["of a residual"]);
}

TEST_CASE("a Residual of a Residual has two shortcuts", "[residual]") {
  const Residual inner{Relu{}};
  Network net(Residual{inner}, Shape{1});
  auto ws = net.make_workspace(1);
  const Matrix<float> x = Matrix<float>::Constant(1, 1, 2);
  CHECK(net.forward({x}, ws)(0) == 6);  // 2 + (2 + relu(2))
}

TEST_CASE("Residual refuses a block that changes the shape", "[residual]") {
  try {
    (void)Residual{Linear{4, 3}}.plan({4}, "decoder.2");
    FAIL("another shape was accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) ==
          "decoder.2 (Residual): the block must keep its input's shape, but makes 3 of 4");
  }
}
