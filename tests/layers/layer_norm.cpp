#include "eigenerate/layers/layer_norm.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("LayerNorm keeps the contract of a layer", "[layer_norm]") {
  require_conformance(LayerNorm{7}, {7});
  require_conformance(LayerNorm{1}, {1});
  require_conformance(LayerNorm{2}, {2}, {.batch = 1});
  require_conformance(LayerNorm{5, {.affine = false}}, {5});
  require_conformance(LayerNorm{{3, 2, 4}}, {3, 2, 4});
  require_conformance(LayerNorm{{2, 3, 3}, {.epsilon = 0.3}}, {2, 3, 3});
  require_conformance(LayerNorm{{19, 1, 2}, {.affine = false}}, {19, 1, 2}, {.batch = 2});
}

TEST_CASE("LayerNorm gives PyTorch's numbers, at second order too", "[layer_norm]") {
  for (const auto& c : testing::load_golden("layers/layer_norm").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("x").shape;
    const Shape input = shape.size() == 2 ? Shape{shape[1]} : Shape{shape[1], shape[2], shape[3]};
    const LayerNorm layer{input, {.epsilon = c.number("epsilon"), .affine = c.boolean("affine")}};
    check_golden_passes<double>(layer, input, c);
    check_golden_passes<float>(layer, input, c);
  }
}

TEST_CASE("LayerNorm treats each sample alone", "[layer_norm]") {
  auto net = Network<double>(LayerNorm{6}, Shape{6}, NetworkOptions{.name = "a"});
  Matrix<double> x(6, 3);
  fill_normal(x.data(), x.size(), RandomStream{4});
  auto ws = net.make_workspace(3);
  const Matrix<double> together = net.forward({x}, ws);
  const Matrix<double> second = x.col(1);
  CHECK(Matrix<double>(net.forward({second}, ws)) == together.col(1));
  CHECK(std::abs(together.col(1).mean()) <= testing::tolerance::golden);
}

TEST_CASE("LayerNorm declares PyTorch's names, shapes and initial values", "[layer_norm]") {
  const LayerPlan image = LayerNorm{{3, 2, 4}}.plan({3, 2, 4}, "critic.1");
  REQUIRE(image.parameters.size() == 2);
  CHECK(image.parameters[0].name == "critic.1.weight");
  CHECK(image.parameters[0].role == Role::scale);
  CHECK(image.parameters[0].initial_center == 1);
  CHECK(image.parameters[0].shape == std::vector<Index>{3, 2, 4});
  CHECK(image.parameters[0].memory_order == std::vector<Index>{1, 2, 0});
  CHECK(image.parameters[1].name == "critic.1.bias");
  CHECK(image.parameters[1].role == Role::shift);
  CHECK(image.parameters[1].initial_center == 0);
  CHECK(LayerNorm{5}.plan({5}, "a").parameters[0].shape == std::vector<Index>{5});
  CHECK(LayerNorm{5, {.affine = false}}.plan({5}, "a").parameters.empty());
}

TEST_CASE("LayerNorm gives the same bits for any number of threads", "[layer_norm]") {
  const Shape shape{17, 20, 11};  // several chunks of samples and of features
  const Index batch = 40;
  Matrix<double> x(shape.size(), batch), t(shape.size(), batch), dy(shape.size(), batch),
      dty(shape.size(), batch);
  std::uint64_t seed = 0;
  for (Matrix<double>* m : {&x, &t, &dy, &dty}) fill_normal(m->data(), m->size(), RandomStream{++seed});
  const auto run = [&](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    auto net = Network<double>(LayerNorm{shape}, NetworkOptions{.name = "a"});
    auto ws = net.make_workspace(batch, SecondOrder::yes);
    auto gradients = net.parameters().like();
    const Matrix<double> y = net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws),
                         ty = net.tangent(t, ws);
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

TEST_CASE("LayerNorm refuses what it cannot take", "[layer_norm]") {
  try {
    (void)LayerNorm{{3, 2, 4}}.plan({24}, "critic.1");
    FAIL("a vector was accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) == "critic.1 (LayerNorm): expected input 3×2×4, got 24");
  }
  CHECK_THROWS_AS((LayerNorm{0}.plan({0}, "a")), ConfigError);
  CHECK_THROWS_AS((LayerNorm{5, {.epsilon = 0}}.plan({5}, "a")), ConfigError);
}
