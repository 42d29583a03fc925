// Training steps and generation of the four reference models, as the examples build them (networks of
// `AnyLayer`). Answers the requests of support/serve.hpp; EIGENERATE_NUM_THREADS and EIGENERATE_MAX_CPU_ISA
// apply.
//
//   echo 'model=dcgan seconds=5' | benchmark_training

#include <cstdlib>
#include <eigenerate/eigenerate.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/serve.hpp"
#include "support/setting.hpp"

namespace benchmarks {
namespace {

using namespace eigenerate;
using AnyVae = Vae<>;
using AnyGan = Gan<>;

/// Perceptrons with `depth` hidden layers of `width`.
AnySequential<float> perceptrons(Index in, Index width, long depth, Index out) {
  std::vector<AnyLayer<float>> layers{Linear{in, width}, Relu{}};
  for (long i = 1; i < depth; ++i) layers.insert(layers.end(), {Linear{width, width}, Relu{}});
  layers.push_back(Linear{width, out});
  return AnySequential<float>{std::move(layers)};
}

AnyVae mlp_vae(Index width, long depth) {
  return AnyVae{perceptrons(784, width, depth, 2 * 20),
                perceptrons(20, width, depth, 784),
                {.likelihood = Bernoulli{}, .optimizer = Adam{1e-3}}};
}

AnyVae conv_vae() {
  return AnyVae{Sequential{Conv2d{1, 32, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{},
                           Conv2d{32, 64, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{}, Flatten{},
                           Linear{64 * 7 * 7, 2 * 20}},
                Sequential{Linear{20, 64 * 7 * 7}, Relu{}, Reshape{64, 7, 7},
                           ConvTranspose2d{64, 32, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{},
                           ConvTranspose2d{32, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
                {.likelihood = Bernoulli{}, .optimizer = Adam{1e-3}}};
}

AnyGan mlp_gan() {
  const Adam adam{2e-4, 0.5};
  return AnyGan{Sequential{Linear{100, 256}, LeakyRelu{0.2}, Linear{256, 512}, LeakyRelu{0.2},
                           Linear{512, 784}, Tanh{}},
                Sequential{Linear{784, 512}, LeakyRelu{0.2}, Dropout{0.3}, Linear{512, 256}, LeakyRelu{0.2},
                           Dropout{0.3}, Linear{256, 1}},
                {.generator_optimizer = adam, .discriminator_optimizer = adam}};
}

AnyGan dcgan() {
  const Adam adam{2e-4, 0.5};
  return AnyGan{
      Sequential{Linear{100, 128 * 7 * 7}, Reshape{128, 7, 7}, BatchNorm{128}, Relu{},
                 ConvTranspose2d{128, 64, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{64}, Relu{},
                 ConvTranspose2d{64, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}},
      Sequential{Conv2d{1, 64, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                 Conv2d{64, 128, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{128}, LeakyRelu{0.2},
                 Flatten{}, Linear{128 * 7 * 7, 1}},
      {.generator_optimizer = adam, .discriminator_optimizer = adam, .initializer = NormalInit{0, 0.02}}};
}

/// Images of noise: shuffled batches of them are gathered like those of a real set.
Dataset noise_images(float low, float high, Index count) {
  Matrix<float> samples(784, count);
  fill_uniform(samples.data(), samples.size(), RandomStream{});
  samples.array() = low + (high - low) * samples.array();
  return Dataset("noise", Shape{1, 28, 28}, std::move(samples));
}

/// What the Trainer does for each batch, without its callbacks.
template <class M>
std::function<void()> training_step(M model, float low, Index batch_size, Index samples) {
  struct Run {
    M model;
    Batches<float> batches;
    std::uint64_t step = 0;
  };
  const auto run = std::make_shared<Run>(
      Run{std::move(model), Batches<float>(noise_images(low, 1, samples), {.batch_size = batch_size})});
  run->model.prepare(batch_size);
  return [run] {
    const auto [epoch, index] = std::div(static_cast<long>(run->step), run->batches.batches_per_epoch());
    const StepMetrics figures =
        run->model.train_step(run->batches.batch(epoch, index), {.step = run->step, .seed = 1});
    ++run->step;
    if (!is_finite(figures["loss"])) throw std::runtime_error("the loss is not finite");
  };
}

const auto& decoding_network(const AnyVae& vae) {
  return vae.decoder();
}
const auto& decoding_network(const AnyGan& gan) {
  return gan.generator();
}

/// Fresh latent vectors to images, in memory that exists before: what a program does that generates all the
/// time.
template <class M>
std::function<void()> generating_step(M model, bool ends_in_logits, Index batch) {
  struct Run {
    M model;
    Matrix<float> z, images;
    Workspace<float> workspace;
    std::uint32_t step = 0;
  };
  Matrix<float> z(model.latent_size(), batch), images(784, batch);
  Workspace<float> workspace = decoding_network(model).make_workspace(batch);
  const auto run =
      std::make_shared<Run>(Run{std::move(model), std::move(z), std::move(images), std::move(workspace)});
  return [run, ends_in_logits] {
    fill_normal(run->z.data(), run->z.size(), RandomStream{0, Purpose::sampling}.at(++run->step));
    const auto y = decoding_network(run->model).forward({run->z}, run->workspace);
    if (ends_in_logits)
      kernels::sigmoid(run->images.data(), y.data(), y.size());
    else
      kernels::copy(run->images.data(), y.data(), y.size());
  };
}

/// The same by the one call that users write.
template <class M>
std::function<void()> sampling_step(M model, Index batch) {
  const auto run = std::make_shared<std::pair<M, std::uint32_t>>(std::move(model), 0);
  return [run, batch] {
    const auto images = run->first.sample(batch, RandomStream{0, Purpose::sampling}.at(++run->second));
    if (images.cols() != batch) throw std::runtime_error("sample: wrong number of images");
  };
}

WeightPrecision weights_of(const std::string& name) {
  if (name == "full") return WeightPrecision::full;
  if (name == "bf16") return WeightPrecision::bf16;
  throw std::invalid_argument("no such weights: " + name);
}

/// The same by what a program keeps that generates all the time.
template <class M>
std::function<void()> handle_step(const M& model, Index batch, WeightPrecision weights) {
  struct Run {
    Sampler<float> sampler;
    Matrix<float> images;
    std::uint32_t step = 0;
  };
  const auto run =
      std::make_shared<Run>(Run{model.make_sampler({.weights = weights}), Matrix<float>(784, batch)});
  return [run] { run->sampler.sample_into(run->images, RandomStream{0, Purpose::sampling}.at(++run->step)); };
}

template <class M>
std::function<void()> make_step(const Request& r, M model, bool is_vae) {
  if (r.task == "train") return training_step(std::move(model), is_vae ? 0.0f : -1.0f, r.batch, r.samples);
  if (r.task == "generate") return generating_step(std::move(model), is_vae, r.batch);
  if (r.task == "sample") return sampling_step(std::move(model), r.batch);
  if (r.task == "handle") return handle_step(model, r.batch, weights_of(r.weights));
  throw std::invalid_argument("no such task: " + r.task);
}

std::function<void()> make_step(const Request& r) {
  if (r.model == "mlp_vae") return make_step(r, mlp_vae(r.width, r.depth), true);
  if (r.model == "conv_vae") return make_step(r, conv_vae(), true);
  if (r.model == "mlp_gan") return make_step(r, mlp_gan(), false);
  if (r.model == "dcgan") return make_step(r, dcgan(), false);
  throw std::invalid_argument("no such model: " + r.model);
}

void set_precision(const std::string& name) {
  for (const auto p : {MatmulPrecision::highest, MatmulPrecision::high, MatmulPrecision::medium})
    if (name == precision_name(p)) return set_matmul_precision(p);
  throw std::invalid_argument("no such precision: " + name);
}

}  // namespace
}  // namespace benchmarks

int main() {
  benchmarks::print_setting("training");
  return benchmarks::serve(benchmarks::set_precision,
                           [](const benchmarks::Request& r) { return benchmarks::make_step(r); });
}
