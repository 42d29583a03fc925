#include "eigenerate/layers/minibatch_std.hpp"

#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("MinibatchStd keeps the contract of a layer", "[minibatch_std]") {
  require_conformance(MinibatchStd{}, {5}, {.batch = 8});
  require_conformance(MinibatchStd{3}, {2, 3, 2}, {.batch = 7});
  require_conformance(MinibatchStd{0}, {70}, {.batch = 3});
  require_conformance(
      Sequential{Conv2d{1, 2, {.kernel = 2}}, Tanh{}, MinibatchStd{2}, Conv2d{3, 1, {.kernel = 2}}},
      {1, 4, 3}, {.batch = 4});
}

TEST_CASE("MinibatchStd gives PyTorch's numbers", "[minibatch_std]") {
  const auto golden = testing::load_golden("layers/minibatch_std");
  check_golden_passes<double>(MinibatchStd{4}, {3, 2, 2}, golden["group of 4"]);
  check_golden_passes<float>(MinibatchStd{4}, {3, 2, 2}, golden["group of 4"]);
  check_golden_passes<double>(MinibatchStd{3}, {5}, golden["uneven groups"]);
  check_golden_passes<double>(MinibatchStd{0}, {2, 3, 2}, golden["whole batch"]);
}

TEST_CASE("MinibatchStd of samples that are all alike is nearly zero, and has a gradient of zero",
          "[minibatch_std]") {
  Network<double> net(MinibatchStd{}, Shape{3});
  auto ws = net.make_workspace(5);
  const Matrix<double> x = Vector<double>::LinSpaced(3, -1, 1).replicate(1, 5),
                       dy = Matrix<double>::Ones(4, 5);
  const Matrix<double> y = net.forward({x}, ws);
  CHECK(y.topRows(3) == x);
  CHECK((y.row(3).array() - 1e-4).abs().maxCoeff() < 1e-12);
  CHECK(net.backward(dy, ws, {.x = true}).x == Matrix<double>::Ones(3, 5));
}

TEST_CASE("MinibatchStd says that it couples samples, and refuses what cannot work", "[minibatch_std]") {
  const Network<float> net(Sequential{MinibatchStd{}, Linear{infer, 1}}, Shape{3}, {.name = "d"});
  CHECK_NOTHROW(net.require_tangent());
  support::refuses<ConfigError>([&] { net.require_independent_samples("a penalty"); },
                                {"d.0 (MinibatchStd)", "a penalty"});
  CHECK_THROWS_AS(MinibatchStd{-1}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS((MinibatchStd{4, 0}.plan({3}, "a")), ConfigError);
}
