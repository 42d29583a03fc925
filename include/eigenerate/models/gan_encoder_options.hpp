#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `GanEncoder` of that scalar is made of besides its network.
template <Scalar S>
struct BasicGanEncoderOptions {
  /// κ, of the error in the discriminator's features; 0: they are not looked at.
  double feature_weight = 1;
  Optimizer optimizer{Adam{}};
  GradientClipping clipping{};
  double ema_decay = 0;      ///< of the moving average that samples are embedded by
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of its products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (!(is_finite(feature_weight) && feature_weight >= 0))
      fail<ConfigError>("GanEncoder: expected a finite feature_weight >= 0, got {}", feature_weight);
    clipping.validate();
  }
};

using GanEncoderOptions = BasicGanEncoderOptions<float>;

}  // namespace eigenerate
