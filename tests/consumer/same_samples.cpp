// Trains small models and prints a hash of what they then sample and reconstruct: compiled under the macros that
// change what Eigen or the library does, it must print the same. See same_samples.sh.

#include <eigenerate/eigenerate.hpp>

#include <bit>
#include <cstdint>

using namespace eigenerate;

namespace {

std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over the bits

void add(const Matrix<float>& x) {
  for (Index column = 0; column < x.cols(); ++column)
    for (Index row = 0; row < x.rows(); ++row)
      hash = (hash ^ std::bit_cast<std::uint32_t>(x(row, column))) * 0x100000001b3u;
}

/// 24 samples of 1×4×4 in [0, 1], no two pixels alike.
Matrix<float> make_samples() {
  Matrix<float> x(16, 24);
  for (Index sample = 0; sample < 24; ++sample)
    for (Index pixel = 0; pixel < 16; ++pixel)
      x(pixel, sample) = static_cast<float>((7 * pixel + 5 * sample) % 24) / 24;
  return x;
}

void train_vae() {
  const Dataset data{"ramps", {1, 4, 4}, make_samples()};
  Vae vae{
      Sequential{Conv2d{1, 4, {.kernel = 3, .padding = 1}}, BatchNorm{4}, Relu{}, Flatten{}, Linear{64, 6}},
      Sequential{Linear{3, 64}, LayerNorm{64}, Relu{}, Reshape{4, 4, 4}, Upsample{2}, MaxPool{2},
                 Conv2d{4, 1, {.kernel = 3, .padding = 1}}},
      {.optimizer = Adam{1e-3}, .bound = Bound::importance_weighted, .samples = 2, .seed = 1}};
  Trainer{{.epochs = 2, .batch_size = 8, .seed = 7}}.fit(vae, data);
  add(vae.sample(5));
  const Matrix<float> x = make_samples();
  add(vae.reconstruct(as_const(x)));
}

void train_gan() {
  const Dataset data{"ramps", {1, 4, 4}, make_samples()};
  Gan gan{Sequential{Linear{3, 32}, Relu{}, Linear{32, 16}, Sigmoid{}},
          Sequential{Linear{16, 32}, LeakyRelu{0.2}, Linear{32, 1}},
          {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .seed = 1}};
  Trainer{{.epochs = 2, .batch_size = 8, .seed = 7}}.fit(gan, data);
  add(gan.sample(5));
}

}  // namespace

int main() {
  set_num_threads(2);
  train_vae();
  train_gan();
  fmt::print("{:016x}\n", hash);
}
