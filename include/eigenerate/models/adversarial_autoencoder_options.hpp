#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/deterministic_posterior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What an adversarial autoencoder of that scalar is made of besides its three networks.
template <Scalar S>
struct BasicAdversarialAutoencoderOptions {
  // Defaults in braces, and not the default constructor of a vector: where {…} stands for a template of
  // options within another list, g++ 12 stops at them with an internal error.
  AnyLikelihood<S> likelihood{Bernoulli{}};
  AnyPosterior<S> posterior{DeterministicPosterior{}};  ///< of an encoder's output
  AnyPrior<S> prior{StandardNormal{}};                  ///< that codes are to look like; without parameters
  AnyAdversarialLoss<S> loss{NonSaturating{}};          ///< of the game on codes
  std::vector<AnyAdversaryTerm<S>> terms{std::initializer_list<AnyAdversaryTerm<S>>{}};
  double adversarial_weight = 1;  ///< of the game beside −log p(x|z), both for the encoder
  Optimizer optimizer{Adam{1e-3, 0.5}};
  Optimizer discriminator_optimizer{Adam{1e-3, 0.5}};
  Index classes = 0;  ///< conditions all three networks on that many labels
  Index latent = 0;   ///< size of the latent vector, where the decoder's first layer leaves it open
  /// Shape of the samples, where the decoder's output does not tell it: images behind an `AppendParameter`.
  std::optional<Shape> sample{};
  GradientClipping clipping{};
  double ema_decay = 0;      ///< of the moving average of encoder and decoder
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of all networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (!(is_finite(adversarial_weight) && adversarial_weight >= 0))
      fail<ConfigError>("AdversarialAutoencoder: adversarial_weight must be finite and not negative, got {}",
                        adversarial_weight);
    if (classes < 0 || classes > max_factor)
      fail<ConfigError>("AdversarialAutoencoder: classes must be in [0, {}], got {}", max_factor, classes);
    if (latent < 0 || latent > max_factor)
      fail<ConfigError>("AdversarialAutoencoder: latent must be in [0, {}], got {}", max_factor, latent);
    clipping.validate();
    likelihood.validate();
    posterior.validate();
    prior.validate();
    loss.validate();
    for (const auto& term : terms) term.validate();
  }
};

using AdversarialAutoencoderOptions = BasicAdversarialAutoencoderOptions<float>;

}  // namespace eigenerate
