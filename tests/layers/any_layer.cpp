#include "eigenerate/layers/any_layer.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/dropout.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"

using namespace eigenerate;

TEST_CASE("AnyLayer keeps the contract of a layer", "[any_layer]") {
  using Any = AnyLayer<double>;
  require_conformance(Any{Linear{4, 3}}, {4});
  require_conformance(Any{Sequential{Linear{4, 3}, Any{Tanh{}}}}, {4});
  require_conformance(Any{Any{BatchNorm{3}}}, {3}, {.batch = 4});
}

TEST_CASE("AnyLayer is the wrapped layer: names, shapes and bits", "[any_layer]") {
  const Sequential plain{Linear{5, 4}, Dropout{0.5}, Tanh{}, Linear{4, 2}};
  const NetworkOptions options{.name = "encoder", .seed = 5};
  Network expected(plain, options);
  Network net(AnyLayer{Sequential{Linear{5, 4}, AnyLayer{Dropout{0.5}}, AnyLayer{Tanh{}}, Linear{4, 2}}},
              options);
  CHECK(net.input_shape() == Shape{5});
  CHECK(net.plan().kind == "Sequential");
  REQUIRE(net.parameters().segments().size() == 4);
  CHECK(net.parameters().segments()[2].name == "encoder.3.weight");

  Matrix<float> x(5, 3), dy(2, 3);
  fill_normal(x.data(), x.size(), RandomStream{1});
  fill_normal(dy.data(), dy.size(), RandomStream{2});
  const auto run = [&](auto& network) {
    auto ws = network.make_workspace(3, SecondOrder::yes);
    auto gradients = network.parameters().like();
    const Matrix<float> y = network.forward({.x = x,
                                             .mode = Mode::train,
                                             .buffers = Buffers::update,
                                             .random = RandomStream{3, Purpose::dropout}},
                                            ws);
    const Matrix<float> dx = network.backward(dy, ws, {.parameters = &gradients, .x = true}).x;
    const Matrix<float> ty = network.tangent(x, ws);
    const auto d = network.tangent_backward(dy, dy, ws, {.parameters = &gradients, .x = true});
    Matrix<float> all(1, y.size() + dx.size() + ty.size() + d.x.size() + d.tx.size() + gradients.size());
    all << y.reshaped().transpose(), dx.reshaped().transpose(), ty.reshaped().transpose(),
        d.x.reshaped().transpose(), d.tx.reshaped().transpose(),
        Eigen::Map<const Matrix<float>>(gradients.data(), 1, gradients.size());
    return all;
  };
  CHECK(run(net) == run(expected));
}

TEST_CASE("AnyLayer refuses a tangent pass as the wrapped layer does", "[any_layer]") {
  CHECK_THROWS_AS(Network(AnyLayer{BatchNorm{3}}, Shape{3}).require_tangent(), ConfigError);
}

TEST_CASE("copies of an AnyLayer share the wrapped layer", "[any_layer]") {
  const AnyLayer a = Linear{4, 3}, b = a;
  CHECK(b.input_shape() == Shape{4});
  CHECK(b.plan({4}, "x").parameters.size() == 2);
}
