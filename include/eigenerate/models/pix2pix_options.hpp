#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `Pix2Pix` of that scalar is made of besides its two networks.
template <Scalar S>
struct BasicPix2PixOptions {
  // Defaults in braces, and not the default constructor of a vector: where {…} stands for a template of
  // options within another list, g++ 12 stops at them with an internal error.
  std::optional<Shape> source{};  ///< of the conditions, where the generator's first layer leaves it open
  double l1_weight = 100;         ///< of the mean absolute difference; 0 leaves the game alone
  AnyAdversarialLoss<S> loss{NonSaturating{}};
  /// What joins the game: `{R1{}, FeatureMatching{.features = 64}}`.
  std::vector<AnyAdversaryTerm<S>> terms{std::initializer_list<AnyAdversaryTerm<S>>{}};
  Optimizer generator_optimizer{Adam{2e-4, 0.5}};  ///< Isola et al. 2017
  Optimizer discriminator_optimizer{Adam{2e-4, 0.5}};
  GradientClipping clipping{};
  double ema_decay = 0;                    ///< of the generator's moving average that translations come from
  bool ema_warm_up = false;                ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};  ///< the paper's is NormalInit{0, 0.02}
  std::uint64_t seed = 0;                  ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of both networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (!(is_finite(l1_weight) && l1_weight >= 0))
      fail<ConfigError>("Pix2Pix: expected a finite l1_weight >= 0, got {}", l1_weight);
    clipping.validate();
  }
};

using Pix2PixOptions = BasicPix2PixOptions<float>;

}  // namespace eigenerate
