// A GAN made of other parts than the usual ones: a projection discriminator with spectral normalization
// against a generator with conditional batch norm. Whole steps against central differences and PyTorch;
// buffers, allocations, threads.

#include "eigenerate/layers/layers.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using testing::Golden;
using testing::memory_of;

namespace {

const std::vector<int> labels{2, 0, 1, 1, 0};
const StepContext context{.step = 2, .seed = 9};

Gan<double> projection_gan(Gan<double>::Options options) {
  options.loss = Hinge{};
  options.classes = 3;
  options.seed = 3;
  Gan<double> gan(WithCondition{Linear{3, 2}, Sequential{Linear{3, 6}, BatchNorm{6, {.affine = false}},
                                                         Modulate{}, Silu{}, Linear{6, 4}, Tanh{}}},
                  Sequential{SpectralNorm{Linear{4, 6}}, Tanh{}, SpectralNorm{Linear{6, 5}}, Softplus{},
                             SpectralNorm{ProjectCondition{}}},
                  options);
  gan.prepare(5);
  return gan;
}

/// The same with the discriminator's singular vectors found, where its derivatives with u and v held constant
/// are those of the whole function.
Gan<double> settled(const Gan<double>::Options& options, const Batch<double>& batch) {
  Gan<double> still = projection_gan({.generator_optimizer = frozen, .discriminator_optimizer = frozen});
  for (std::uint64_t step = 0; step < 1000; ++step) still.train_step(batch, {.step = step});
  Gan<double> gan = projection_gan(options);
  gan.discriminator().buffers() = still.discriminator().buffers();
  return gan;
}

}  // namespace

TEST_CASE("a projection discriminator with spectral norm: the gradients of both players' steps are exact",
          "[gan]") {
  const Matrix<double> x = testing::normal_batch(4, 5, 1);
  const Batch<double> batch{x, labels};
  for (const bool penalized : {false, true}) {
    CAPTURE(penalized);
    const auto options = [&](bool generator) {
      Gan<double>::Options o{.generator_optimizer = generator ? descent : frozen,
                             .discriminator_optimizer = generator ? frozen : descent};
      if (penalized) o.terms = {R1{.gamma = 3}};
      return o;
    };
    const double of_generator =
        gradient_error(settled(options(true), batch), batch, context, "generator_loss", 0);
    CHECK(of_generator < testing::tolerance::derivative);
    const double of_discriminator =
        gradient_error(settled(options(false), batch), batch, context, "discriminator_loss", 1);
    CHECK(of_discriminator < testing::tolerance::derivative);
  }
}

TEST_CASE("a step of a projection GAN with spectral norm is PyTorch's, singular vectors included",
          "[gan][golden]") {
  const Golden c = testing::load_golden("models/gan_projection")["spectral"];
  const Optimizer sgd = Sgd{c.number("rate")};
  Gan<double> gan = projection_gan({.generator_optimizer = sgd, .discriminator_optimizer = sgd});
  check_golden_step(gan, c);
}

TEST_CASE("singular vectors move in the discriminator's own passes alone", "[gan]") {
  const Matrix<double> x = testing::normal_batch(4, 5, 1);
  const Batch<double> batch{x, labels};
  // The same step, with a turn of the generator and without.
  Gan<double> both = projection_gan({}), alone = projection_gan({.discriminator_steps = 2});
  const Vector<double> before = memory_of(both.discriminator().buffers());
  both.train_step(batch, {});
  alone.train_step(batch, {});
  const Vector<double> after = memory_of(both.discriminator().buffers());
  CHECK(after != before);
  CHECK(memory_of(alone.discriminator().buffers()) == after);
  both.evaluate(batch, {});
  both.health(batch, {});
  both.sample(labels);
  both.discriminate(x, labels);
  CHECK(memory_of(both.discriminator().buffers()) == after);
}

TEST_CASE("labels reach a generator that modulates and a discriminator that projects", "[gan]") {
  const Matrix<double> x = testing::normal_batch(4, 5, 1);
  const std::vector<int> others{0, 1, 2, 2, 1};
  Gan<double> gan = projection_gan({});
  CHECK(gan.latent_size() == 3);
  CHECK(gan.discriminate(x, labels) != gan.discriminate(x, others));
  CHECK(gan.sample(labels) == gan.sample(others));  // Modulate begins as the identity
  for (std::uint64_t step = 0; step < 2; ++step) gan.train_step({x, labels}, {.step = step});
  CHECK(gan.sample(labels) != gan.sample(others));
}

namespace {

/// Wide enough for several threads.
Gan<float> wide() {
  const Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
  const ConvTranspose2dOptions enlarge{.kernel = 4, .stride = 2, .padding = 1};
  return {Sequential{Linear{8, 256}, Reshape{16, 4, 4}, BatchNorm{16, {.affine = false}}, Modulate{}, Relu{},
                     ConvTranspose2d{16, 8, enlarge}, BatchNorm{8, {.affine = false}}, Modulate{}, Relu{},
                     ConvTranspose2d{8, 1, enlarge}, Tanh{}},
          Sequential{SpectralNorm{Conv2d{1, 8, halve}}, LeakyRelu{0.1}, SpectralNorm{Conv2d{8, 16, halve}},
                     LeakyRelu{0.1}, Flatten{}, SpectralNorm{ProjectCondition{}}},
          {.loss = Hinge{}, .classes = 3, .ema_decay = 0.9, .seed = 5}};
}
std::vector<int> many_labels(Index n) {
  std::vector<int> all;
  for (Index i = 0; i < n; ++i) all.push_back(static_cast<int>(i % 3));
  return all;
}

}  // namespace

TEST_CASE("a projection GAN with spectral norm: the same bits on any number of threads", "[gan][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 48, 1);
  const auto y = many_labels(48);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, y});
}

TEST_CASE("a projection GAN with spectral norm: no step after the first allocates", "[gan][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 48, 1);
  const auto y = many_labels(48);
  no_step_after_the_first_allocates([] { return wide(); }, {x, y});
}
