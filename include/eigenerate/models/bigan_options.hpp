#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/deterministic_posterior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `Bigan` of that scalar is made of besides its three networks.
template <Scalar S>
struct BasicBiganOptions {
  // Defaults in braces, and not the default constructor of a vector: where {…} stands for a template of
  // options within another list, g++ 12 stops at them with an internal error.
  AnyPosterior<S> posterior{DeterministicPosterior{}};  ///< of the encoder's output; a drawn one makes it ALI
  AnyPrior<S> prior{StandardNormal{}};                  ///< of latent vectors; without parameters
  AnyAdversarialLoss<S> loss{NonSaturating{}};
  /// What joins the game on pairs: `{R1{.gamma = 1}}`.
  std::vector<AnyAdversaryTerm<S>> terms{std::initializer_list<AnyAdversaryTerm<S>>{}};
  Optimizer optimizer{Adam{2e-4, 0.5}};  ///< of encoder and generator; Donahue et al. 2017
  Optimizer discriminator_optimizer{Adam{2e-4, 0.5}};
  Index classes = 0;  ///< conditions all three networks on that many labels
  Index latent = 0;   ///< size of the latent vector, where the generator's first layer leaves it open
  GradientClipping clipping{};
  double ema_decay = 0;      ///< of the moving average of encoder and generator
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of all networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (classes < 0 || classes > max_factor)
      fail<ConfigError>("Bigan: classes must be in [0, {}], got {}", max_factor, classes);
    if (latent < 0 || latent > max_factor)
      fail<ConfigError>("Bigan: latent must be in [0, {}], got {}", max_factor, latent);
    clipping.validate();
    posterior.validate();
    prior.validate();
    loss.validate();
    for (const auto& term : terms) term.validate();
  }
};

using BiganOptions = BasicBiganOptions<float>;

}  // namespace eigenerate
