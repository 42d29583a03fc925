#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/distributions/categorical.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `PixelCnn` is made of besides its network.
struct PixelCnnOptions {
  Shape sample{};        ///< of the images: one channel, as `VqVae::code_shape` says it
  Index categories = 0;  ///< their values: 0 to categories − 1
  Index classes = 0;     ///< conditions the network on that many labels
  Optimizer optimizer{Adam{1e-3}};
  GradientClipping clipping{};
  double ema_decay = 0;
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of the products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (sample.size() < 1 || sample.channels != 1)
      fail<ConfigError>(
          "PixelCnn: expected the shape of images of one channel, as in .sample = vae.code_shape(), got {}",
          to_string(sample));
    if (classes < 0 || classes > max_factor)
      fail<ConfigError>("PixelCnn: classes must be in [0, {}], got {}", max_factor, classes);
    Categorical{categories}.validate();
    clipping.validate();
  }
};

}  // namespace eigenerate
