// Prints numbers that other machines must have too, a line for each:
//   exact NAME NUMBER   with the same bits: random numbers, initial weights, the order of data, and files
//   near NAME NUMBER    but for rounding: the losses of training
// and what went wrong, line by line, besides. Returns how much did.

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "eigenerate/eigenerate.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/training/checkpoint.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"

using namespace eigenerate;

namespace {

int failures = 0;
void expect(bool ok, const char* what) {
  if (ok) return;
  ++failures;
  std::printf("FAILED: %s\n", what);
}

/// FNV-1a over numbers, bit by bit the same on machines of either byte order.
class Hash {
 public:
  void add(std::uint64_t word) {
    for (int shift = 0; shift < 64; shift += 8) hash_ = (hash_ ^ (word >> shift & 0xff)) * 0x100000001b3u;
  }
  void add(float x) { add(std::uint64_t{eigenerate::bit_cast<std::uint32_t>(x)}); }
  void add(double x) { add(eigenerate::bit_cast<std::uint64_t>(x)); }
  template <class Range>
  void add_all(const Range& range) {
    for (const auto& x : range) {
      if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(x)>>)
        add(x);
      else
        add(static_cast<std::uint64_t>(x));
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

void print_exact(const char* name, std::uint64_t number) {
  std::printf("exact %s %016" PRIx64 "\n", name, number);
}
template <class Range>
void print_all(const char* name, const Range& range) {
  Hash hash;
  hash.add_all(range);
  print_exact(name, hash.value());
}
void print_near(const char* name, double number) {
  std::printf("near %s %.9g\n", name, number);
}

template <Scalar S>
void print_random_numbers(const char* uniform, const char* normal) {
  const RandomStream stream = RandomStream(7, Purpose::latent).at(std::uint64_t{1} << 40).lane(3);
  std::vector<S> x(1000);
  fill_uniform(x.data(), static_cast<Index>(x.size()), stream);
  print_all(uniform, x);
  fill_normal(x.data(), static_cast<Index>(x.size()), stream);
  print_all(normal, x);
}

/// The file of a model, byte for byte, and the model from its file.
template <class M>
void print_files(const char* weights_name, const char* checkpoint_name, M& model, M& other) {
  const support::TemporaryFolder folder;
  save_weights(folder / "weights", model);
  print_all(weights_name, support::read_bytes(folder / "weights"));
  load_weights(folder / "weights", other);
  expect(support::model_hash(other) == support::model_hash(model), "weights come back from their file");

  const FitPlan plan{.train_samples = 40, .epochs = 3, .batch_size = 8, .steps_per_epoch = 5, .seed = 9};
  RunState state;
  state.epoch = 1;
  state.batch = 2;
  state.step = 7;
  state.epoch_seconds = 0.125;
  state.callbacks["some.numbers"] = {1, -2.5, 1e300};
  save_checkpoint(folder / "checkpoint", plan, state, model);
  print_all(checkpoint_name, support::read_bytes(folder / "checkpoint"));
  RunState loaded;
  load_checkpoint(folder / "checkpoint", plan, loaded, other);
  expect(loaded.step == 7 && loaded.epoch_seconds == 0.125 && loaded.callbacks == state.callbacks,
         "a run's state comes back from its checkpoint");
  expect(support::model_hash(other) == support::model_hash(model), "a model comes back from its checkpoint");
}

/// Prints the first and the last loss of 60 steps.
template <class M>
std::pair<double, double> train(M& model, const Dataset& data, const char* loss) {
  Batches<float> batches(data, {.batch_size = 16, .seed = 3});
  model.prepare(16);
  std::pair<double, double> ends;
  std::uint64_t step = 0;
  for (Index epoch = 0; epoch < 20; ++epoch)
    for (const auto& batch : batches.epoch(epoch)) {
      const double value = model.train_step(batch, {.step = step, .seed = 5})[loss];
      expect(is_finite(value), "every loss is finite");
      (step++ == 0 ? ends.first : ends.second) = value;
    }
  return ends;
}

}  // namespace

int main() {
  print_random_numbers<float>("uniform_float", "normal_float");
  print_random_numbers<double>("uniform_double", "normal_double");
  std::vector<std::uint64_t> integers;
  for (std::uint64_t i = 0; i < 100; ++i)
    integers.push_back(uniform_below(1000003, RandomStream(4, Purpose::split), i));
  print_all("integers", integers);

  // Rings of light, an image each.
  Matrix<float> x(64, 48);
  fill_uniform(x.data(), x.size(), RandomStream(2, Purpose::toy_data));
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < 64; ++i) x(i, j) = (i / 8 + i % 8 + j) % 4 == 0 ? 1.0f : 0.25f * x(i, j);
  const Dataset data("rings", {1, 8, 8}, x);
  print_exact("fingerprint", data.fingerprint());
  const DatasetSplit parts = data.split(0.25, 11);
  print_exact("split", parts.validation.fingerprint());
  print_exact("binarized", data::binarize_static(data, 6).fingerprint());

  const auto make_vae = [] {
    return Vae{Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{4}, Relu{},
                          Flatten{}, Linear{64, 6}},
               Sequential{Linear{3, 32}, Relu{}, Linear{32, 64}, Reshape{1, 8, 8}},
               {.optimizer = Adam{1e-2}, .ema_decay = 0.9}};
  };
  const auto make_gan = [] {
    return Gan{Sequential{Linear{4, 32}, LayerNorm{32}, Relu{}, Linear{32, 64}, Sigmoid{}},
               Sequential{Flatten{}, Linear{64, 16}, LeakyRelu{0.2}, Linear{16, 1}},
               {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}}};
  };
  auto vae = make_vae(), other_vae = make_vae();
  auto gan = make_gan();
  print_exact("initial_vae", support::model_hash(vae));
  print_exact("initial_gan", support::model_hash(gan));
  print_files("vae_weights", "vae_checkpoint", vae, other_vae);

  const auto [first, last] = train(vae, data, "loss");
  expect(last < 0.8 * first, "a VAE learns");
  print_near("vae_first_loss", first);
  print_near("vae_last_loss", last);
  const auto [first_critic, last_critic] = train(gan, data, "discriminator_loss");
  expect(last_critic < first_critic, "a critic learns");
  print_near("critic_first_loss", first_critic);
  print_near("critic_last_loss", last_critic);
  std::printf("%d failed\n", failures);
  return failures;
}
