#include "eigenerate/models/fitted_sampler.hpp"

#include "eigenerate/data/toy.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "eigenerate/training/training.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// Encodes and decodes by the identity, so that codes are the data themselves.
template <Scalar S>
Vae<S> mirror(Index classes = 0) {
  const Index in = 2 + classes;
  Vae<S> vae{Linear{in, 2},
             Linear{in, 2},
             {.likelihood = UnitNormal{},
              .posterior = DeterministicPosterior{},
              .objective = Reconstruction{},
              .classes = classes}};
  for (Network<S>* const network : {&vae.encoder(), &vae.decoder()}) {
    Arena<S>& p = network->parameters();
    std::fill_n(p.data(), p.size(), S(0));
    p[p.segments()[0].name](0) = S(1);
    p[p.segments()[0].name](in + 1) = S(1);
  }
  return vae;
}

Dataset ring(Index n) {
  return data::gaussian_ring(n, {.modes = 4, .radius = 2, .sigma = 0.1, .seed = 1});
}

/// The share of points that lie within five standard deviations of a mode.
double near_modes(const Matrix<float>& x) {
  Index near = 0;
  for (Index j = 0; j < x.cols(); ++j) {
    const float least =
        std::min(std::hypot(std::abs(x(0, j)) - 2, x(1, j)), std::hypot(x(0, j), std::abs(x(1, j)) - 2));
    near += least < 0.5f ? 1 : 0;
  }
  return static_cast<double>(near) / static_cast<double>(x.cols());
}

}  // namespace

TEST_CASE("the codes of a data set are one", "[fitted sampler]") {
  const Dataset data = ring(250);
  const Dataset codes = embed_dataset(mirror<float>(), data);
  CHECK(codes.name() == "codes of " + data.name());
  CHECK(codes.size() == 250);
  CHECK(codes.labels() == data.labels());
  for (const Index j : {0, 99, 100, 249})
    CHECK((codes.sample(j) - data.sample(j)).cwiseAbs().maxCoeff() < 1e-6f);
  const Dataset doubled = embed_dataset(mirror<double>(), data);
  CHECK((doubled.sample(7) - data.sample(7)).cwiseAbs().maxCoeff() < 1e-6f);
  const Dataset of_labels = embed_dataset(mirror<float>(data.classes()), data);
  CHECK((of_labels.sample(120) - data.sample(120)).cwiseAbs().maxCoeff() < 1e-6f);
}

TEST_CASE("an autoencoder draws its data from a mixture that was fitted to its codes", "[fitted sampler]") {
  const Vae<float> vae = mirror<float>();
  const FittedSampler sampler{vae, ring(2000), {.components = 4}};
  const Matrix<float> drawn = sampler.sample(2000);
  CHECK(near_modes(vae.sample(2000)) < 0.5);
  CHECK(near_modes(drawn) > 0.99);
  CHECK(drawn == sampler.sample(2000));
  CHECK(drawn != sampler.sample(2000, Seed{1}));
  CHECK(sampler.latent_size() == 2);
  CHECK(sampler.sample_shape() == Shape{2});
  support::refuses<ConfigError>([&] { sampler.sample(3, Truncation{1}); }, {"cut off"});
  const Vae<float> labelled = mirror<float>(ring(2000).classes());
  const FittedSampler of_labels{labelled, ring(2000), {.components = 4}};
  CHECK(near_modes(of_labels.sample(500, 1)) > 0.99);
}

TEST_CASE("a second VAE, or any function, may draw the codes", "[fitted sampler]") {
  const Vae<float> vae = mirror<float>();
  Vae<float> second{Sequential{Linear{2, 32}, Silu{}, Linear{32, 2 * 2}},
                    Sequential{Linear{2, 32}, Silu{}, Linear{32, 2 * 2}},
                    {.likelihood = DiagonalNormal{.min_log_variance = -5, .max_log_variance = -3},
                     .optimizer = Adam{5e-3},
                     .seed = 1}};
  const Dataset data = ring(2000);
  Trainer{{.epochs = 60, .batch_size = 100, .seed = 1}}.fit(second, embed_dataset(vae, data));
  const FittedSampler two_stages{vae, second};
  const Matrix<float> drawn = two_stages.sample(2000);
  CHECK(near_modes(drawn) > near_modes(vae.sample(2000)) + 0.2);
  // Drawn, and not the mean.
  CHECK(testing::relative_error(drawn, second.sample(2000)) > 0.01);
  const FittedSampler<float> zeros{vae, [](const RandomStream&, View<float> z) { z.setZero(); }};
  CHECK(zeros.sample(3).isZero());
  using support::refuses;
  const Vae<float> wrong{Linear{3, 2}, Linear{1, 3}, {.likelihood = UnitNormal{}}};
  refuses<ShapeError>([&] { FittedSampler(vae, wrong); }, {"FittedSampler", "have 2", "3"});
  const Vae<float> labelled{Linear{2 + 3, 2}, Linear{1 + 3, 2}, {.likelihood = UnitNormal{}, .classes = 3}};
  refuses<ConfigError>([&] { FittedSampler(vae, labelled); }, {"FittedSampler", "labels"});
}
