#include "eigenerate/layers/instance_norm.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("InstanceNorm keeps the contract of a layer", "[instance_norm]") {
  require_conformance(InstanceNorm{2}, {2, 3, 3});
  require_conformance(InstanceNorm{infer}, {1, 1, 2}, {.batch = 1});
  require_conformance(InstanceNorm{3, {.affine = true}}, {3, 2, 4});
  require_conformance(InstanceNorm{infer, {.epsilon = 0.3, .affine = true}}, {19, 1, 3}, {.batch = 2});
}

TEST_CASE("InstanceNorm gives PyTorch's numbers, at second order too", "[instance_norm]") {
  for (const auto& c : testing::load_golden("layers/instance_norm").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("x").shape;
    const Shape input{shape[1], shape[2], shape[3]};
    const InstanceNorm layer{shape[1], {.epsilon = c.number("epsilon"), .affine = c.boolean("affine")}};
    check_golden_passes<double>(layer, input, c);
    check_golden_passes<float>(layer, input, c);
  }
}

TEST_CASE("InstanceNorm treats each channel of each sample alone, in both modes", "[instance_norm]") {
  const Shape shape{2, 3, 4};
  auto net = Network<double>(InstanceNorm{2}, shape, {.name = "a"});
  Matrix<double> x(shape.size(), 3);
  fill_normal(x.data(), x.size(), RandomStream{4});
  auto ws = net.make_workspace(3);
  const Matrix<double> together = net.forward({.x = x, .mode = Mode::train}, ws);
  CHECK(Matrix<double>(net.forward({.x = x}, ws)) == together);
  const Matrix<double> second = x.col(1);
  CHECK(Matrix<double>(net.forward({second}, ws)) == together.col(1));
  const Matrix<double> channels = together.col(1).reshaped(2, 12);
  for (Index c = 0; c < 2; ++c) {
    CHECK(std::abs(channels.row(c).mean()) <= testing::tolerance::golden);
    CHECK(std::abs(channels.row(c).squaredNorm() / 12 - 1) <= 1e-4);  // ε
  }
}

TEST_CASE("InstanceNorm declares PyTorch's names and initial values", "[instance_norm]") {
  const LayerPlan plan = InstanceNorm{infer, {.affine = true}}.plan({3, 2, 4}, "generator.1");
  REQUIRE(plan.parameters.size() == 2);
  CHECK(plan.parameters[0].name == "generator.1.weight");
  CHECK(plan.parameters[0].role == Role::scale);
  CHECK(plan.parameters[0].shape == std::vector<Index>{3});
  CHECK(plan.parameters[0].initial_center == 1);
  CHECK(plan.parameters[1].name == "generator.1.bias");
  CHECK(plan.parameters[1].role == Role::shift);
  CHECK(plan.buffers.empty());
  CHECK(InstanceNorm{3}.plan({3, 2, 4}, "a").parameters.empty());
}

TEST_CASE("InstanceNorm gives the same bits for any number of threads", "[instance_norm]") {
  const Shape shape{17, 20, 11};  // several chunks of samples
  const Index batch = 20;
  Matrix<double> x(shape.size(), batch), t(shape.size(), batch), dy(shape.size(), batch),
      dty(shape.size(), batch);
  std::uint64_t seed = 0;
  for (Matrix<double>* m : {&x, &t, &dy, &dty}) fill_normal(m->data(), m->size(), RandomStream{++seed});
  const auto run = [&](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    auto net = Network<double>(InstanceNorm{infer, {.affine = true}}, shape, {.name = "a"});
    auto ws = net.make_workspace(batch, SecondOrder::yes);
    auto gradients = net.parameters().like();
    const Matrix<double> y = net.forward({.x = x, .mode = Mode::train}, ws), ty = net.tangent(t, ws);
    const auto d = net.tangent_backward(dy, dty, ws, {.parameters = &gradients, .x = true});
    set_num_threads(before);
    Vector<double> all(4 * y.size() + gradients.size());
    all << y.reshaped(), ty.reshaped(), d.x.reshaped(), d.tx.reshaped(),
        Eigen::Map<const Vector<double>>(gradients.data(), gradients.size());
    return all;
  };
  const Vector<double> one = run(1);
  CHECK(one.allFinite());
  CHECK(one == run(2));
  CHECK(one == run(5));
}

TEST_CASE("InstanceNorm refuses what it cannot take", "[instance_norm]") {
  const auto error = [](const InstanceNorm& layer, const Shape& input) {
    try {
      (void)layer.plan(input, "generator.1");
    } catch (const ShapeError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(error(InstanceNorm{infer}, {24}) ==
        "generator.1 (InstanceNorm): expected input of more than one pixel, got 24");
  CHECK(error(InstanceNorm{2}, {3, 2, 2}) ==
        "generator.1 (InstanceNorm): expected input of 2 channels, got 3×2×2");
  CHECK_THROWS_AS((InstanceNorm{0}.plan({1, 2, 2}, "a")), ConfigError);
  CHECK_THROWS_AS((InstanceNorm{1, {.epsilon = 0}}.plan({1, 2, 2}, "a")), ConfigError);
}
