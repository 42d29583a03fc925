// The promise that results do not depend on the number of threads, for whole models: those of the example
// programs, which between them use the products, convolutions, normalizations, random numbers and optimisers,
// and a GAN whose loss and terms take means over the batch.

#include "eigenerate/core/threads.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "models/model_step.hpp"
#include "support/batches.hpp"

using namespace eigenerate;
using namespace model_step;

namespace {

Conv2d halve(Index in, Index out) {
  return {in, out, {.kernel = 4, .stride = 2, .padding = 1}};
}

ConvTranspose2d enlarge(Index in, Index out) {
  return {in, out, {.kernel = 4, .stride = 2, .padding = 1}};
}

Vae<> vae(bool convolutional) {
  const VaeOptions options{.likelihood = Bernoulli{}, .optimizer = Adam{1e-3}, .seed = 5};
  if (!convolutional)
    return {Sequential{Linear{784, 400}, Relu{}, Linear{400, 40}},
            Sequential{Linear{20, 400}, Relu{}, Linear{400, 784}}, options};
  return {
      Sequential{halve(1, 32), Relu{}, halve(32, 64), Relu{}, Flatten{}, Linear{64 * 7 * 7, 40}},
      Sequential{Linear{20, 64 * 7 * 7}, Relu{}, Reshape{64, 7, 7}, enlarge(64, 32), Relu{}, enlarge(32, 1)},
      options};
}

Gan<> gan(bool convolutional) {
  const Adam adam{2e-4, 0.5};
  GanOptions options{.generator_optimizer = adam, .discriminator_optimizer = adam, .seed = 5};
  if (!convolutional)
    return {Sequential{Linear{100, 256}, LeakyRelu{0.2}, Linear{256, 512}, LeakyRelu{0.2}, Linear{512, 784},
                       Tanh{}},
            Sequential{Linear{784, 512}, LeakyRelu{0.2}, Dropout{0.3}, Linear{512, 256}, LeakyRelu{0.2},
                       Dropout{0.3}, Linear{256, 1}},
            options};
  options.initializer = NormalInit{0, 0.02};
  return {Sequential{Linear{100, 128 * 7 * 7}, Reshape{128, 7, 7}, BatchNorm{128}, Relu{}, enlarge(128, 64),
                     BatchNorm{64}, Relu{}, enlarge(64, 1), Tanh{}},
          Sequential{Reshape{1, 28, 28}, halve(1, 64), LeakyRelu{0.2}, halve(64, 128), BatchNorm{128},
                     LeakyRelu{0.2}, Flatten{}, Linear{128 * 7 * 7, 1}},
          options};
}

/// A loss that compares both sides by their means, and penalties in some steps and in all.
Gan<> gan_of_terms() {
  return {Sequential{Linear{16, 128}, LeakyRelu{0.2}, Linear{128, 784}, Tanh{}},
          Sequential{Linear{784, 128}, LeakyRelu{0.2}, Dropout{0.3}, Linear{128, 64}, Silu{}, Linear{64, 1}},
          {.loss = RelativisticAverage{Hinge{}}, .terms = {R1{.gamma = 1, .every = 4}, Dragan{}}, .seed = 5}};
}

/// Everything that a model owns after 50 steps on that many threads.
template <class M>
std::vector<std::string> trained(M model, Index batch, int threads) {
  set_num_threads(threads);
  const Matrix<float> samples = testing::uniform_batch<float>(784, 3 * batch, 1);
  model.prepare(batch);
  for (std::uint64_t step = 0; step < 50; ++step) {
    const ConstView<float> part(samples.data() + 784 * batch * static_cast<Index>(step % 3), 784, batch);
    model.train_step({part, {}}, {.step = step, .seed = 9});
  }
  set_num_threads(0);
  return bytes_of_learners(model);
}

/// The batch is large enough for loops of several chunks.
template <class M>
void check(M model, Index batch) {
  const std::vector<std::string> expected = trained(model, batch, 1);
  CHECK(expected != bytes_of_learners(model));
  for (const int threads : {2, 3, 4, 8}) {
    CAPTURE(threads);
    // A comparison inside CHECK would print megabytes.
    const bool same = trained(model, batch, threads) == expected;
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("50 steps of each model give the same bits on any number of threads", "[threads]") {
  SECTION("the VAE of linear layers") {
    check(vae(false), 128);
  }
  SECTION("the VAE of convolutions") {
    check(vae(true), 16);
  }
  SECTION("the GAN of linear layers") {
    check(gan(false), 128);
  }
  SECTION("the GAN of convolutions") {
    check(gan(true), 16);
  }
  SECTION("a GAN with a relativistic average loss, lazy R1 and DRAGAN") {
    check(gan_of_terms(), 128);
  }
}
