#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/layers/vector_quantizer.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `VqVae` of that scalar is made of besides its two networks.
template <Scalar S>
struct BasicVqVaeOptions {
  AnyLikelihood<S> likelihood{Bernoulli{}};
  VectorQuantizer quantizer{512};
  double commitment = 0.25;  ///< β, what draws the encoder's vectors to their codes
  /// Shape of the samples, where the encoder's first layer takes images of any size.
  std::optional<Shape> sample{};
  Optimizer optimizer{Adam{1e-3}};
  GradientClipping clipping{};
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of the products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (!(is_finite(commitment) && commitment >= 0))
      fail<ConfigError>("VqVae: commitment must be finite and not negative, got {}", commitment);
    clipping.validate();
    likelihood.validate();
  }
};

using VqVaeOptions = BasicVqVaeOptions<float>;

}  // namespace eigenerate
