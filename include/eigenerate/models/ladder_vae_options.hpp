#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/latent/kl_schedule.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// The three networks of a level n of a `LadderVae`, of which the first is nearest to the samples.
template <Scalar S>
struct LadderLevel {
  AnyLayer<S> up;    ///< d_{n−1} → d_n, features of the level below, d_0 = x
  AnyLayer<S> head;  ///< d_n → (mean, log-variance) of what the sample says of z_n
  AnyLayer<S> down;  ///< z_n → (mean, log-variance) of p(z_{n−1}|z_n); z_1 → the parameters of p(x|z_1)
};

template <Layer Up, Layer Head, Layer Down>
LadderLevel(Up, Head, Down) -> LadderLevel<ScalarOf<Up>>;

/// What a `LadderVae` of that scalar is made of besides its levels.
template <Scalar S>
struct BasicLadderVaeOptions {
  AnyLikelihood<S> likelihood{Bernoulli{}};
  double beta = 1;        ///< weight of the KL terms in training
  KlSchedule schedule{};  ///< how that weight rises to `beta`; deep ladders need it
  double free_bits = 0;   ///< λ, in nats for each level: a KL below it costs that much, and learns nothing
  Index classes = 0;      ///< conditions `up` and `down` of all levels on that many labels
  /// Shape of the samples, where the first layer of the lowest level takes any.
  std::optional<Shape> sample{};
  Optimizer optimizer{Adam{1e-3}};
  GradientClipping clipping{};
  double ema_decay = 0;
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of the networks' products; none: `matmul_precision()`

  /// The weight of the KL terms in that step; 1 where none is trained.
  double kl_weight(std::optional<std::uint64_t> step) const {
    return step ? beta * schedule.weight(*step) : 1;
  }

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (!(is_finite(beta) && beta >= 0))
      fail<ConfigError>("LadderVae: beta must be finite and not negative, got {}", beta);
    if (!(is_finite(free_bits) && free_bits >= 0))
      fail<ConfigError>("LadderVae: free_bits must be finite and not negative, got {}", free_bits);
    if (classes < 0 || classes > max_factor)
      fail<ConfigError>("LadderVae: classes must be in [0, {}], got {}", max_factor, classes);
    schedule.validate();
    clipping.validate();
    likelihood.validate();
  }
};

using LadderVaeOptions = BasicLadderVaeOptions<float>;

}  // namespace eigenerate
