#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `SemiSupervisedVae` of that scalar is made of besides its three networks.
template <Scalar S>
struct BasicSemiSupervisedVaeOptions {
  Index classes = 0;  ///< at least 2
  /// α, of −log q(y|x) of a labelled sample beside its bound, which alone teaches the classifier nothing.
  /// The paper's is 0.1 · n / (labelled ones of n samples): 50 for 100 labels among 50,000.
  double classification_weight = 1;
  AnyLikelihood<S> likelihood{Bernoulli{}};
  AnyPosterior<S> posterior{DiagonalNormalPosterior{}};  ///< of an encoder's output
  AnyPrior<S> prior{StandardNormal{}};
  Optimizer optimizer{Adam{1e-3}};
  Index latent = 0;  ///< size of the latent vector, where the decoder's first layer leaves it open
  /// Shape of the samples, where the decoder's output does not tell it: images behind an `AppendParameter`.
  std::optional<Shape> sample{};
  GradientClipping clipping{};
  double ema_decay = 0;
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of the networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range and for parts that do not fit each other.
  void validate() const {
    if (classes < 2 || classes > max_factor)
      fail<ConfigError>("SemiSupervisedVae: classes must be in [2, {}], got {}", max_factor, classes);
    if (!(is_finite(classification_weight) && classification_weight >= 0))
      fail<ConfigError>("SemiSupervisedVae: classification_weight must be finite and not negative, got {}",
                        classification_weight);
    if (latent < 0 || latent > max_factor)
      fail<ConfigError>("SemiSupervisedVae: latent must be in [0, {}], got {}", max_factor, latent);
    clipping.validate();
    likelihood.validate();
    posterior.validate();
    prior.validate();
    posterior.require_log_q("SemiSupervisedVae");
  }
};

using SemiSupervisedVaeOptions = BasicSemiSupervisedVaeOptions<float>;

}  // namespace eigenerate
