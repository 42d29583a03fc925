#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/latent/any_latent_term.hpp"
#include "eigenerate/latent/any_objective.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/elbo.hpp"
#include "eigenerate/latent/iwae.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// Which lower bound of log p(x) a VAE maximises, where no objective says it in full.
enum class Bound {
  elbo,  ///< E log p(x|z) − β·KL, the KL in closed form; a mean over the samples. Kingma & Welling 2014
  importance_weighted  ///< log of the mean of the k importance weights. Burda, Grosse & Salakhutdinov 2016
};

/// What a VAE of that scalar is made of besides its two networks.
///
/// `bound`, `beta` and `kl_warm_up_steps` are short for an objective: `Elbo{.beta = …, .schedule =
/// KlSchedule::warm_up(…)}` or `Iwae{}`.
template <Scalar S>
struct BasicVaeOptions {
  // Defaults in braces, and not the default constructor of a vector: at others in a template of options
  // g++ 12 stops with an internal error.
  AnyLikelihood<S> likelihood{Bernoulli{}};
  AnyPosterior<S> posterior{DiagonalNormalPosterior{}};  ///< of an encoder's output
  AnyPrior<S> prior{StandardNormal{}};
  std::optional<AnyObjective<S>> objective{};  ///< none: what `bound` says
  /// On the latent vectors of a batch, beside the objective: `{TotalCorrelation{…}}`.
  std::vector<AnyLatentTerm<S>> terms{std::initializer_list<AnyLatentTerm<S>>{}};
  Optimizer optimizer{Adam{1e-3}};
  /// Of the decoder, where it learns otherwise than the rest: by weight decay of its own, as in an RAE.
  std::optional<Optimizer> decoder_optimizer{};
  Bound bound = Bound::elbo;
  Index samples = 1;  ///< latent samples per input, k
  double beta = 1;    ///< weight of the KL term in training. Higgins et al. 2017
  /// Steps in which that weight rises linearly to `beta`. Bowman et al. 2016.
  std::uint64_t kl_warm_up_steps = 0;
  Index classes = 0;  ///< conditions encoder and decoder on that many labels
  Index latent = 0;   ///< size of the latent vector, where the decoder's first layer leaves it open
  /// Shape of the samples, where the decoder's output does not tell it: images behind an `AppendParameter`.
  std::optional<Shape> sample{};
  GradientClipping clipping{};
  double ema_decay = 0;
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of both networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range and for combinations that mean nothing.
  void validate() const;

  /// The objective, or the one that `bound`, `beta` and `kl_warm_up_steps` are short for.
  AnyObjective<S> chosen_objective() const;
};

using VaeOptions = BasicVaeOptions<float>;

#if EIGENERATE_DEFINES(MODELS)

template <Scalar S>
void BasicVaeOptions<S>::validate() const {
  if (samples < 1 || samples > max_factor)
    fail<ConfigError>("Vae: samples must be in [1, {}], got {}", max_factor, samples);
  if (!(is_finite(beta) && beta >= 0))
    fail<ConfigError>("Vae: beta must be finite and not negative, got {}", beta);
  if (classes < 0 || classes > max_factor)
    fail<ConfigError>("Vae: classes must be in [0, {}], got {}", max_factor, classes);
  if (latent < 0 || latent > max_factor)
    fail<ConfigError>("Vae: latent must be in [0, {}], got {}", max_factor, latent);
  clipping.validate();
  likelihood.validate();
  posterior.validate();
  prior.validate();
  if (bound == Bound::importance_weighted && (beta != 1 || kl_warm_up_steps != 0))
    fail<ConfigError>(
        "Vae: the importance-weighted bound has no separate KL term, so beta and kl_warm_up_steps "
        "cannot weight it; leave them at 1 and 0");
  if (objective && (bound != Bound::elbo || beta != 1 || kl_warm_up_steps != 0))
    fail<ConfigError>("Vae: bound, beta and kl_warm_up_steps are short for an objective; say them in it");
  const AnyObjective<S> chosen = chosen_objective();
  chosen.validate();
  const ObjectiveNeeds needs = chosen.needs();
  if (samples % needs.groups != 0)
    fail<ConfigError>("Vae: {} samples of an input cannot be cut into the {} groups of {}", samples,
                      needs.groups, chosen.kind());
  if (needs.densities || needs.closed_form_kl) posterior.require_log_q(chosen.kind());
  if (!needs.score) posterior.require_density(chosen.kind());
  if (needs.closed_form_kl && !prior.has_kl(posterior))
    fail<ConfigError>(
        "Vae: there is no closed form of the KL from a {} to a {}; let the objective sample it "
        "(Elbo{{.kl = KlTerm::sampled}} or Iwae{{}})",
        posterior.kind(), prior.kind());
}

template <Scalar S>
AnyObjective<S> BasicVaeOptions<S>::chosen_objective() const {
  if (objective) return *objective;
  if (bound == Bound::importance_weighted) return Iwae{};
  return Elbo{.beta = beta, .schedule = KlSchedule::warm_up(kl_warm_up_steps)};
}

EIGENERATE_INSTANTIATE_STRUCT(BasicVaeOptions)

#endif

}  // namespace eigenerate
