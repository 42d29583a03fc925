#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/losses/mse.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a `Regression` of that scalar is made of besides its network.
template <Scalar S>
struct BasicRegressionOptions {
  /// Of predictions and targets, with its gradient where it is wanted: `mse_mean<float>`, `l1_mean<float>`,
  /// or a function of your own.
  using Loss = double (*)(ConstView<S> prediction, ConstView<S> target, View<S> d_prediction);

  std::optional<Shape> source{};  ///< of the conditions, where the first layer leaves it open
  Loss loss = mse_mean<S>;
  Optimizer optimizer{Adam{}};
  GradientClipping clipping{};
  double ema_decay = 0;      ///< of the moving average that predictions come from
  bool ema_warm_up = false;  ///< whether early averages follow quickly, see `warmed_up_decay`
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;                      ///< of the initial parameters
  std::optional<MatmulPrecision> precision{};  ///< of its products; none: `matmul_precision()`

  /// Throws `ConfigError` for values out of range.
  void validate() const {
    if (!loss) fail<ConfigError>("Regression: expected a loss, got none");
    clipping.validate();
  }
};

using RegressionOptions = BasicRegressionOptions<float>;

}  // namespace eigenerate
