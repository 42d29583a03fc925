#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/distributions/likelihood.hpp"
#include "eigenerate/optim/learner.hpp"
#include "eigenerate/network/initializers.hpp"

namespace eigenerate {

/// Which lower bound of log p(x) a VAE maximises.
enum class Bound {
  elbo,  ///< E log p(x|z) − β·KL, the KL in closed form; a mean over the samples. Kingma & Welling 2014
  importance_weighted  ///< log of the mean of the k importance weights. Burda, Grosse & Salakhutdinov 2016
};

/// What a VAE is made of besides its two networks.
struct VaeOptions {
  Likelihood likelihood = Bernoulli{};
  Optimizer optimizer = Adam{1e-3};
  Bound bound = Bound::elbo;
  Index samples = 1;  ///< latent samples per input, k
  double beta = 1;    ///< weight of the KL term in training. Higgins et al. 2017
  std::uint64_t kl_warm_up_steps =
      0;              ///< steps in which that weight rises linearly to `beta`. Bowman et al. 2016
  Index classes = 0;  ///< conditions encoder and decoder on that many labels
  Index latent = 0;   ///< size of the latent vector, where the decoder's first layer leaves it open
  GradientClipping clipping = {};
  double ema_decay = 0;
  Initializer initializer = DefaultInit{};
  std::uint64_t seed = 0;                         ///< of the initial parameters
  std::optional<MatmulPrecision> precision = {};  ///< of both networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range and for combinations that mean nothing.
  void validate() const {
    if (samples < 1 || samples > max_factor)
      fail<ConfigError>("Vae: samples must be in [1, {}], got {}", max_factor, samples);
    if (!(is_finite(beta) && beta >= 0))
      fail<ConfigError>("Vae: beta must be finite and not negative, got {}", beta);
    if (classes < 0 || classes > max_factor)
      fail<ConfigError>("Vae: classes must be in [0, {}], got {}", max_factor, classes);
    if (latent < 0 || latent > max_factor)
      fail<ConfigError>("Vae: latent must be in [0, {}], got {}", max_factor, latent);
    clipping.validate();
    if (const auto* normal = std::get_if<DiagonalNormal>(&likelihood)) normal->validate();
    if (bound == Bound::importance_weighted && (beta != 1 || kl_warm_up_steps != 0))
      fail<ConfigError>(
          "Vae: the importance-weighted bound has no separate KL term, so beta and kl_warm_up_steps "
          "cannot weight it; leave them at 1 and 0");
  }
};

}  // namespace eigenerate
