#include "eigenerate/layers/infer.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/conv_transpose2d.hpp"
#include "eigenerate/layers/flatten.hpp"
#include "eigenerate/layers/layer_norm.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("layers that leave their input width open keep the contract", "[infer]") {
  require_conformance(Linear{infer, 3}, {4});
  require_conformance(Conv2d{infer, 3, {.kernel = 2}}, {2, 3, 3});
  require_conformance(ConvTranspose2d{infer, 3, {.kernel = 2}}, {2, 2, 3}, {.batch = 2});
  require_conformance(BatchNorm{infer}, {3, 2, 2});
  require_conformance(LayerNorm{infer}, {3, 2, 2});
  require_conformance(LayerNorm{infer, {.affine = false}}, {5});
}

TEST_CASE("a width left open is the one that a fixed layer would have", "[infer]") {
  const Sequential open{Conv2d{infer, 4}, BatchNorm{infer}, Tanh{},          ConvTranspose2d{infer, 2},
                        LayerNorm{infer}, Flatten{},        Linear{infer, 3}};
  const Sequential fixed{Conv2d{2, 4},         BatchNorm{4}, Tanh{},       ConvTranspose2d{4, 2},
                         LayerNorm{{2, 5, 6}}, Flatten{},    Linear{60, 3}};
  CHECK(!open.input_shape());
  const Network<float> a(open, {2, 5, 6}, {.name = "n", .seed = 4}),
      b(fixed, {2, 5, 6}, {.name = "n", .seed = 4});
  REQUIRE(a.parameters().size() == b.parameters().size());
  for (std::size_t i = 0; i < a.parameters().segments().size(); ++i) {
    CHECK(a.parameters().segments()[i].name == b.parameters().segments()[i].name);
    CHECK(a.parameters().segments()[i].shape == b.parameters().segments()[i].shape);
  }
  CHECK(std::equal(a.parameters().data(), a.parameters().data() + a.parameters().size(),
                   b.parameters().data()));
  const Matrix<float> x = Matrix<float>::Random(60, 3);
  CHECK(a.predict(x) == b.predict(x));
}

TEST_CASE("one value with an open width may stand in several networks", "[infer]") {
  const Linear layer{infer, 3};
  CHECK(Network(layer, Shape{5}).parameter_count() == 18);
  CHECK(Network(layer, Shape{7}).parameter_count() == 24);
}

TEST_CASE("a network that nobody tells its input names both ways out", "[infer]") {
  support::refuses<ConfigError>(
      [] {
        (void)(Network(Sequential{Linear{infer, 3}}, {.name = "decoder"}));
      },
      {"decoder: the first layer accepts any input shape"});
  support::refuses<ConfigError>(
      [] {
        (void)(Network(Linear{infer, 3}, {.name = "decoder"}));
      },
      {"give the layer its width, as in Linear{784, 400}"});
  support::refuses<ConfigError>(
      [] {
        (void)(Network(Linear{infer, 3}, {.name = "decoder"}));
      },
      {".latent of a model's options"});
}

TEST_CASE("an open width takes vectors where the layer takes vectors", "[infer]") {
  support::refuses<ShapeError>(
      [] {
        (void)(Linear{infer, 3}.plan({2, 3, 3}, "d.0"));
      },
      {"d.0 (Linear): expected input of one pixel, got 2×3×3; put Flatten{} before it"});
}
