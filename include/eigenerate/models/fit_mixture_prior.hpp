#pragma once

#include <cstdint>
#include <span>

#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/distributions/fit_gaussian_mixture.hpp"
#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/latent/mixture_prior.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/model.hpp"

namespace eigenerate {

/// How `fit_mixture_prior` goes; as `GaussianMixtureOptions`.
struct MixtureFit {
  Index iterations = 200;   ///< at most
  double tolerance = 1e-5;  ///< ends when the objective of a code rises by less, in nats
  double ridge = 1e-2;
  std::uint64_t seed = 0;  ///< of the codes' noise, and of the start
};

/// Fits a model's `MixturePrior` by expectation and maximisation to the codes that its posterior draws for
/// the samples of a dataset, one each: the aggregate posterior, which is the prior that makes the ELBO the
/// largest. To be called before training, which goes on from there, or after it.
///
///     Vae fitted{encoder, decoder, {.prior = MixturePrior{20}, .objective = Elbo{.kl = KlTerm::sampled}}};
///     load_weights("vae.safetensors", fitted.encoder(), "encoder");  // of a VAE with another prior
///     load_weights("vae.safetensors", fitted.decoder(), "decoder");
///     fit_mixture_prior(fitted, digits.train);
///
/// Only the prior's own parameters change; a moving average of them begins anew. Returns the mean of log p(z)
/// of those codes, in nats. (`FittedSampler` draws from such a mixture, of any covariance, and leaves the
/// model as it is: samples that are distributed as codes are, without a likelihood.)
///
/// **Cost** a pass through the encoder, and that of `fit_gaussian_mixture` with independent dimensions.
/// **Errors** `ConfigError` for a model without a `MixturePrior`; those of the fit.
/// **Source** the aggregate posterior as prior: Hoffman & Johnson 2016 ("ELBO surgery"), Tomczak & Welling
/// 2018, eq. 6.
template <Model M>
requires requires(const M& model) {
  model.parts().prior();
}
double fit_mixture_prior(M& model, const Dataset& data, const MixtureFit& options = {}) {
  using S = typename M::scalar_type;
  const Autoencoder<S>& parts = model.parts();
  const MixturePrior* const mixture = parts.prior().template as<MixturePrior>();
  if (!mixture)
    fail<ConfigError>("fit_mixture_prior: expected a model with a MixturePrior, this one's prior is {}",
                      parts.prior().kind());
  const Index latent = model.latent_size();

  constexpr Index portion = 100;
  Matrix<double> codes(latent, data.size());
  AutoencoderMemory<S> memory(parts, portion, portion);
  LabelCondition<S> condition(Conditioning{model.classes()}, portion);
  Matrix<S> noise(latent, portion);
  detail::in_portions<S>(
      data, portion, model.classes() > 0, [&](ConstView<S> x, std::span<const int> labels, Index first) {
        Conditioning{model.classes()}.require(x, labels, model.sample_shape(), "fit_mixture_prior");
        const ConstView<S> own(noise.data(), latent, x.cols());
        fill_normal(
            noise.data(), own.size(),
            RandomStream{options.seed, Purpose::reparameterization}.at(static_cast<std::uint64_t>(first)));
        codes.middleCols(first, x.cols()) =
            parts.encode(x, {.condition = condition(labels)}, own, memory).z.template cast<double>();
      });
  const GaussianMixture found = fit_gaussian_mixture(codes, {.components = mixture->components,
                                                             .covariance = Covariance::diagonal,
                                                             .iterations = options.iterations,
                                                             .tolerance = options.tolerance,
                                                             .ridge = options.ridge,
                                                             .seed = options.seed})
                                    .mixture;

  for (Learner<S>* learner : model.learners()) {
    if (learner != parts.prior_learner()) continue;
    mixture->begin_at(found, learner->network.parameters());
    learner->network.restart_average();
  }
  return found.log_density(codes).mean();
}

}  // namespace eigenerate
