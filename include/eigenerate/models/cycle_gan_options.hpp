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

/// What a `CycleGan` of that scalar is made of besides its four networks. Both directions have the same.
template <Scalar S>
struct BasicCycleGanOptions {
  // Defaults in braces: see `BasicPix2PixOptions`.
  std::optional<Shape> source{};  ///< of the sources, where the first layer of `to_target` leaves it open
  double cycle_weight = 10;       ///< of the mean absolute difference after there and back
  /// Of the mean absolute difference that a generator makes to samples of its own target, as a share of
  /// `cycle_weight`: it keeps colors. 0: none; 0.5 in the authors' program. Sources and targets then have one
  /// shape.
  double identity_weight = 0;
  AnyAdversarialLoss<S> loss{LeastSquares{}};
  /// What joins both games: `{R1{}}`.
  std::vector<AnyAdversaryTerm<S>> terms{std::initializer_list<AnyAdversaryTerm<S>>{}};
  Index history = 50;  ///< translations of earlier steps that each discriminator keeps; 0: none
  Optimizer generator_optimizer{Adam{2e-4, 0.5}};  ///< Zhu et al. 2017
  Optimizer discriminator_optimizer{Adam{2e-4, 0.5}};
  GradientClipping clipping{};
  double ema_decay = 0;                    ///< of the generators' moving averages that translations come from
  bool ema_warm_up = false;                ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};  ///< the paper's is NormalInit{0, 0.02}
  std::uint64_t seed = 0;                  ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of all networks' products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    for (const auto& [name, weight] :
         {std::pair{"cycle_weight", cycle_weight}, {"identity_weight", identity_weight}})
      if (!(is_finite(weight) && weight >= 0))
        fail<ConfigError>("CycleGan: expected a finite {} >= 0, got {}", name, weight);
    clipping.validate();
  }
};

using CycleGanOptions = BasicCycleGanOptions<float>;

}  // namespace eigenerate
