#pragma once
// What the tests of compression code: the embedded digits, and VAEs of them.

#include <numeric>
#include <string>

#include "eigenerate/compression/compression.hpp"
#include "eigenerate/data/binarize.hpp"
#include "eigenerate/data/levels.hpp"
#include "eigenerate/data/mnist.hpp"
#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/trainer.hpp"

namespace support {

using namespace eigenerate;

/// The first n samples, in columns.
template <Scalar S = float>
Matrix<S> columns_of(const Dataset& data, Index n) {
  std::vector<Index> positions(static_cast<std::size_t>(n));
  std::iota(positions.begin(), positions.end(), Index{0});
  Matrix<S> x(data.sample_shape().size(), n);
  data.gather<S>(positions, as_view(x));
  return x;
}

inline data::Mnist digits() {
  return data::load_mnist(std::string(EIGENERATE_SOURCE_DIR) + "/examples/data");
}
inline Dataset binary(const Dataset& data) {
  return data::binarize_static(data, 0);
}

/// Networks that have learned a little of binary digits.
inline Vae<> binary_vae() {
  Vae vae{Sequential{Linear{784, 64}, Relu{}, Linear{64, 2 * 10}},
          Sequential{Linear{10, 64}, Relu{}, Linear{64, 784}},
          {.likelihood = Bernoulli{}, .optimizer = Adam{3e-3}, .seed = 1}};
  Trainer trainer{{.epochs = 2, .batch_size = 50, .seed = 1}};
  trainer.fit(vae, binary(digits().train));
  return vae;
}

/// Of gray levels, with normalizations, as the published one has them.
inline Vae<> gray_vae() {
  Vae vae{Sequential{Linear{784, 64}, BatchNorm{64}, Relu{}, Linear{64, 2 * 10}},
          Sequential{Linear{10, 64}, BatchNorm{64}, Relu{}, Linear{64, 2 * 784}},
          {.likelihood = BetaBinomial{255}, .optimizer = Adam{3e-3}, .seed = 1}};
  Trainer trainer{{.epochs = 1, .batch_size = 50, .seed = 1}};
  std::vector<Index> some(2000);
  std::iota(some.begin(), some.end(), Index{0});
  trainer.fit(vae, data::to_levels(digits().train).subset(some));
  return vae;
}

/// −ELBO of samples in bits, all together: an average over draws of z, of which a message has only one.
template <Scalar S>
double negative_elbo(Vae<S>& vae, const Matrix<S>& x) {
  constexpr std::uint64_t draws = 8;
  vae.prepare(x.cols());
  double nats = 0;
  for (std::uint64_t seed = 1; seed <= draws; ++seed)
    nats += vae.evaluate({as_const(x), {}}, {.seed = seed})["loss"] / static_cast<double>(draws);
  return nats * static_cast<double>(x.cols()) / std::log(2.0);
}

}  // namespace support
