#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/models/learner.hpp"
#include "eigenerate/network/initializers.hpp"

namespace eigenerate {

/// What a GAN is made of besides its two networks.
struct GanOptions {
  std::variant<NonSaturating, Minimax, Wasserstein> loss = NonSaturating{};
  std::optional<GradientPenalty> gradient_penalty =
      {};  ///< on the discriminator; with Wasserstein{} this is WGAN-GP
  Optimizer generator_optimizer = Adam{2e-4, 0.5};  ///< Radford et al. 2016
  Optimizer discriminator_optimizer = Adam{2e-4, 0.5};
  Index discriminator_steps = 1;  ///< discriminator steps per generator step; each step takes one batch
  Index classes = 0;              ///< conditions both networks on that many labels
  GradientClipping clipping = {};
  double ema_decay = 0;  ///< of the generator's moving average that samples come from
  Initializer initializer = DefaultInit{};
  std::uint64_t seed = 0;                         ///< of the initial parameters
  std::optional<MatmulPrecision> precision = {};  ///< of both networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (discriminator_steps < 1)
      fail<ConfigError>("Gan: discriminator_steps must be at least 1, got {}", discriminator_steps);
    std::visit([](const auto& rule) { rule.validate(); }, loss);
    if (gradient_penalty) gradient_penalty->validate();
    clipping.validate();
    if (classes < 0 || classes > max_factor)
      fail<ConfigError>("Gan: classes must be in [0, {}], got {}", max_factor, classes);
  }
};

}  // namespace eigenerate
