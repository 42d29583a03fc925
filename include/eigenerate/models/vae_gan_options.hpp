#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `VaeGan` of that scalar is made of besides its three networks.
template <Scalar S>
struct BasicVaeGanOptions {
  // Defaults in braces, and not the default constructor of a vector: where {…} stands for a template of
  // options within another list, g++ 12 stops at them with an internal error.
  AnyPosterior<S> posterior{DiagonalNormalPosterior{}};  ///< to which the prior has a closed-form KL
  AnyPrior<S> prior{StandardNormal{}};                   ///< of latent vectors; without parameters
  AnyAdversarialLoss<S> loss{NonSaturating{}};
  /// What tells how close images come, and joins the game: `{FeatureReconstruction{.features = 64}}`.
  std::vector<AnyAdversaryTerm<S>> terms{std::initializer_list<AnyAdversaryTerm<S>>{}};
  double kl_weight = 1;            ///< beside the terms, for the encoder
  double decoder_term_weight = 1;  ///< of the terms beside the game, for the decoder: the γ of Larsen et al.
  Optimizer optimizer{Adam{1e-3, 0.5}};  ///< of encoder and decoder
  Optimizer discriminator_optimizer{Adam{1e-3, 0.5}};
  Index latent = 0;  ///< size of the latent vector, where the decoder's first layer leaves it open
  GradientClipping clipping{};
  double ema_decay = 0;      ///< of the moving average of encoder and decoder
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of all networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    for (const double weight : {kl_weight, decoder_term_weight})
      if (!(is_finite(weight) && weight >= 0))
        fail<ConfigError>("VaeGan: kl_weight and decoder_term_weight must be finite and not negative, got {}",
                          weight);
    if (latent < 0 || latent > max_factor)
      fail<ConfigError>("VaeGan: latent must be in [0, {}], got {}", max_factor, latent);
    clipping.validate();
    posterior.validate();
    prior.validate();
    loss.validate();
    for (const auto& term : terms) term.validate();
  }
};

using VaeGanOptions = BasicVaeGanOptions<float>;

}  // namespace eigenerate
