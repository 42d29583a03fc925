// Models whose decoder ends in a vector, that of an image and a scale, and whose other networks take the
// image: each is told its shape. Colors, because in memory the channels of a pixel stand side by side, so
// that reading the vector in another order would mix them.

#include <string>
#include <string_view>
#include <vector>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/adversarial_autoencoder.hpp"
#include "eigenerate/models/ladder_vae.hpp"
#include "eigenerate/models/semi_supervised_vae.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/models/vq_vae.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

constexpr Shape image{3, 4, 4};
const Normal likelihood{{.spread = Spread::shared}};
const Conv2dOptions halving{.kernel = 4, .stride = 2, .padding = 1};
const ConvTranspose2dOptions doubling{.kernel = 4, .stride = 2, .padding = 1};

auto from_image(Index outputs) {
  return Sequential{Conv2d{infer, 2, halving}, Tanh{}, Flatten{}, Linear{2 * 2 * 2, outputs}};
}
auto to_image() {
  return Sequential{Linear{infer, 2 * 2 * 2}, Reshape{2, 2, 2}, Silu{}, ConvTranspose2d{2, 3, doubling},
                    AppendParameter{1, -1}};
}

/// `make(shape)` builds the model for samples of that shape; `networks` are those that take them.
template <class Make, class Networks>
void check(std::string_view name, Make make, Networks networks) {
  CAPTURE(name);
  auto model = make(image);
  CHECK(model.sample_shape() == image);
  for (const Network<float>* network : networks(model)) CHECK(network->input_shape() == image);
  const Matrix<float> x = testing::uniform_batch<float>(image.size(), 4, 1);
  const std::vector<int> labels{0, 1, 1, 0};
  model.prepare(4);
  const Batch<float> batch{x, labels};
  const double before = model.evaluate(batch, {})["loss"];
  for (std::uint64_t step = 0; step < 20; ++step) model.train_step(batch, {.step = step});
  CHECK(model.evaluate(batch, {})["loss"] < before);
  support::refuses<ShapeError>([&] { make(Shape{3, 4, 5}); }, {std::string(name), "3×4×5", "48"});
}

using Networks = std::vector<const Network<float>*>;

}  // namespace

TEST_CASE("a model whose decoder ends in a vector is told the shape of the images that its networks take",
          "[vae]") {
  for (const Index classes : {0, 2}) {
    CAPTURE(classes);
    check(
        "Vae",
        [&](const Shape& sample) {
          return Vae<float>{from_image(2 * 2),
                            to_image(),
                            {.likelihood = likelihood, .classes = classes, .latent = 2, .sample = sample}};
        },
        [](const auto& model) { return Networks{&model.encoder()}; });
    check(
        "AdversarialAutoencoder",
        [&](const Shape& sample) {
          return AdversarialAutoencoder<float>{
              from_image(2),
              to_image(),
              Sequential{Linear{infer, 4}, Tanh{}, Linear{4, 1}},
              {.likelihood = likelihood, .classes = classes, .latent = 2, .sample = sample}};
        },
        [](const auto& model) { return Networks{&model.encoder()}; });
    check(
        "LadderVae",
        [&](const Shape& sample) {
          return LadderVae<float>{{LadderLevel{from_image(4), Linear{4, 2 * 2}, to_image()}},
                                  {.likelihood = likelihood, .classes = classes, .sample = sample}};
        },
        [](const auto& model) { return Networks{&model.up(1)}; });
  }
  check(
      "SemiSupervisedVae",
      [&](const Shape& sample) {
        return SemiSupervisedVae<float>{
            from_image(2),
            from_image(2 * 2),
            to_image(),
            {.classes = 2, .likelihood = likelihood, .latent = 2, .sample = sample}};
      },
      [](const auto& model) {
        return Networks{&model.classifier(), &model.encoder()};
      });
  check(
      "VqVae",
      [&](const Shape& sample) {
        return VqVae<float>{Sequential{Conv2d{3, 2, halving}},
                            Sequential{ConvTranspose2d{2, 3, doubling}, AppendParameter{1, -1}},
                            {.likelihood = likelihood, .quantizer = VectorQuantizer{5}, .sample = sample}};
      },
      [](const auto& model) { return Networks{&model.encoder()}; });
}
