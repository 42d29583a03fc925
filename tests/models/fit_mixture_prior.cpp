#include "eigenerate/models/fit_mixture_prior.hpp"

#include <cmath>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/measure_log_likelihood.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/training/training.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using testing::memory_of;

namespace {

/// Two clusters of points in 6 dimensions.
Dataset clusters(Index classes = 0) {
  Matrix<float> x = 0.1f * testing::uniform_batch<float>(6, 200, 1);
  std::vector<int> labels;
  for (Index j = 0; j < x.cols(); ++j) {
    if (j % 4 == 0) x.col(j).array() += 0.8f;
    labels.push_back(static_cast<int>(j % 3));
  }
  if (classes == 0) labels.clear();
  return Dataset("clusters", Shape{6}, std::move(x), labels, classes);
}

Vae<float> vae_of(const AnyPrior<float>& prior, Index classes = 0, double ema_decay = 0) {
  return {Sequential{Linear{infer, 8}, Tanh{}, Linear{8, 2 * 2}},
          Sequential{Linear{infer, 8}, Tanh{}, Linear{8, 6}},
          {.likelihood = Normal{0.1},
           .prior = prior,
           .objective = Elbo{.kl = KlTerm::sampled},
           .optimizer = Adam{1e-2},
           .classes = classes,
           .latent = 2,
           .ema_decay = ema_decay,
           .seed = 1}};
}

/// log p(z) of the model's own prior, on average.
double mean_log_prior(const Vae<float>& vae, const Matrix<float>& z) {
  AutoencoderMemory<float> memory(vae.parts(), 1, z.cols());
  Vector<float> log_p(z.cols());
  vae.parts().log_prior(z, {}, memory, first_numbers(log_p, z.cols()));
  return log_p.cast<double>().mean();
}

}  // namespace

TEST_CASE("a MixturePrior is fitted to the codes that a posterior draws, and nothing else changes",
          "[mixture_prior]") {
  for (const Index classes : {0, 3})
    for (const Scale scale : {Scale::log_variance, Scale::log_deviation}) {
      CAPTURE(classes, static_cast<int>(scale));
      const Dataset data = clusters(classes);
      Vae<float> vae = vae_of(MixturePrior{.components = 3, .normal = {.scale = scale}}, classes, 0.9);
      const Vae<float> before = vae;
      const double claimed = fit_mixture_prior(vae, data, {.ridge = 1e-6, .seed = 5});
      CHECK(memory_of(vae.encoder().parameters()) == memory_of(before.encoder().parameters()));
      CHECK(memory_of(vae.decoder().parameters()) == memory_of(before.decoder().parameters()));
      // The same codes once more: what the prior says of them is what was claimed, and more than it was.
      const Matrix<float> x = data.samples();
      const std::vector<int> all = data.labels();
      const std::span<const int> labels(all);
      AutoencoderMemory<float> memory(vae.parts(), 100, 100);
      LabelCondition<float> condition(Conditioning{classes}, 100);
      Matrix<float> noise(2, 100), codes(2, 200);
      for (const Index first : {0, 100}) {
        fill_normal(noise.data(), 200,
                    RandomStream{5, Purpose::reparameterization}.at(static_cast<std::uint64_t>(first)));
        const Matrix<float> some = x.middleCols(first, 100);
        codes.middleCols(first, 100) =
            vae.parts()
                .encode(some,
                        {.condition = condition(
                             classes > 0 ? labels.subspan(static_cast<std::size_t>(first), 100) : labels)},
                        noise, memory)
                .z;
      }
      CHECK(std::abs(mean_log_prior(vae, codes) - claimed) < 1e-4);
      CHECK(mean_log_prior(vae, codes) > mean_log_prior(before, codes) + 0.01);
    }
}

TEST_CASE("of a VAE that was trained with another prior, the fitted one raises the likelihood",
          "[mixture_prior]") {
  const Dataset data = clusters();
  Vae<float> vae = vae_of(StandardNormal{}), fitted = vae_of(MixturePrior{4});
  Trainer{{.epochs = 40, .batch_size = 20}}.fit(vae, data);
  const support::TemporaryFolder folder;
  save_weights(folder / "vae.safetensors", vae);
  load_weights(folder / "vae.safetensors", fitted.encoder(), "encoder");
  load_weights(folder / "vae.safetensors", fitted.decoder(), "decoder");
  CHECK(fitted.embed(data.samples()) == vae.embed(data.samples()));
  fit_mixture_prior(fitted, data);
  const double standard = measure_log_likelihood(vae, data, {.samples = 200}).mean.value,
               mixture = measure_log_likelihood(fitted, data, {.samples = 200}).mean.value;
  CAPTURE(standard, mixture);
  CHECK(mixture > standard + 0.1);
}

TEST_CASE("a component that no code belongs to leaves the parameters finite, and has no weight",
          "[mixture_prior]") {
  Vae<float> vae = vae_of(MixturePrior{2});
  Arena<float>& parameters = vae.learners()[1]->network.parameters();
  const Matrix<double> one = Matrix<double>::Identity(2, 2);
  MixturePrior{2}.begin_at(
      {.weights = Vector<double>{{1, 0}}, .means = Matrix<double>{{1, -9}, {2, -9}}, .factors = {one, one}},
      parameters);
  CHECK(memory_of(parameters).allFinite());
  const Matrix<float> z{{1}, {2}};
  CHECK(std::abs(mean_log_prior(vae, z) + std::log(2 * 3.14159265358979)) <
        1e-5);  // at the mean of the first
}

TEST_CASE("a prior that is no mixture, and samples that do not fit, are refused", "[mixture_prior]") {
  Vae<float> standard = vae_of(StandardNormal{}), mixture = vae_of(MixturePrior{3}),
             large = vae_of(MixturePrior{300});
  support::refuses<ConfigError>([&] { fit_mixture_prior(standard, clusters()); },
                                {"fit_mixture_prior", "MixturePrior", "StandardNormal"});
  support::refuses<ShapeError>(
      [&] {
        fit_mixture_prior(mixture, Dataset("five", Shape{5}, Matrix<float>(Matrix<float>::Zero(5, 9))));
      },
      {"fit_mixture_prior", "6"});
  support::refuses<ShapeError>([&] { fit_mixture_prior(large, clusters()); }, {"300", "200"});
  support::refuses<ConfigError>([&] { fit_mixture_prior(mixture, clusters(), {.iterations = 0}); },
                                {"iteration", "got 3, 0"});
}
