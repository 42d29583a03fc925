#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/core/compiled.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a GAN of that scalar is made of besides its two networks.
template <Scalar S>
struct BasicGanOptions {
  // Defaults in braces, and not the default constructor of a vector: where {…} stands for a template of
  // options within another list, g++ 12 stops at them with an internal error.
  AnyAdversarialLoss<S> loss{NonSaturating{}};
  /// On the discriminator; with Wasserstein{} this is WGAN-GP.
  std::optional<GradientPenalty> gradient_penalty{};
  /// Further ones: `{R1{.gamma = 10, .every = 16}, ClassHead{.classes = 10}}`.
  std::vector<AnyAdversaryTerm<S>> terms{std::initializer_list<AnyAdversaryTerm<S>>{}};
  Optimizer generator_optimizer{Adam{2e-4, 0.5}};  ///< Radford et al. 2016
  Optimizer discriminator_optimizer{Adam{2e-4, 0.5}};
  Index discriminator_steps = 1;  ///< discriminator steps per generator step; each step takes one batch
  Index classes = 0;              ///< conditions both networks on that many labels
  /// Samples that the discriminator judges as one, side by side as channels (`PackChannels`), so that it sees
  /// whether they differ: PacGAN.
  Index packing = 1;
  /// Generated samples of earlier steps that the discriminator learns from among new ones; 0: none.
  Index history = 0;
  Index latent = 0;  ///< size of the latent vector, where the generator's first layer leaves it open
  GradientClipping clipping{};
  double ema_decay = 0;      ///< of the generator's moving average that samples come from
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  /// No step leaves a parameter of the discriminator outside of ±this; 0: no limit. With `Wasserstein{}` and
  /// 0.01 this is the original critic.
  double weight_limit = 0;
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of both networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const;
};

using GanOptions = BasicGanOptions<float>;

#if EIGENERATE_DEFINES(MODELS)

template <Scalar S>
void BasicGanOptions<S>::validate() const {
  if (discriminator_steps < 1)
    fail<ConfigError>("Gan: discriminator_steps must be at least 1, got {}", discriminator_steps);
  if (packing < 1 || packing > max_factor)
    fail<ConfigError>("Gan: packing must be in [1, {}], got {}", max_factor, packing);
  if (packing > 1 && classes > 0)
    fail<ConfigError>("Gan: packs of {} samples have no label in common, but .classes is {}", packing,
                      classes);
  if (history > 0 && classes > 0)
    fail<ConfigError>("Gan: a history keeps samples without their labels, but .classes is {}", classes);
  loss.validate();
  if (gradient_penalty) gradient_penalty->validate();
  for (const auto& term : terms) term.validate();
  if (latent < 0 || latent > max_factor)
    fail<ConfigError>("Gan: latent must be in [0, {}], got {}", max_factor, latent);
  clipping.validate();
  if (classes < 0 || classes > max_factor)
    fail<ConfigError>("Gan: classes must be in [0, {}], got {}", max_factor, classes);
}

EIGENERATE_INSTANTIATE_STRUCT(BasicGanOptions)

#endif

}  // namespace eigenerate
