#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/identity.hpp"

namespace eigenerate {

/// Hyper-parameters of `InstanceNoise`.
struct InstanceNoiseOptions {
  double deviation = 0.1;  ///< at the beginning of the training
  double last = 0;         ///< at its end
  double until = 1;        ///< the share of the training after which it is `last`
};

/// Normal noise on every value while training, `y = x + σ n`, which makes the distributions of real and
/// generated samples overlap; the identity when evaluating. As the first layer of a discriminator it is on
/// both sides alike.
///
/// σ goes with the progress of the training (`PassInput::progress`) from `deviation` to `last` in a line, and
/// is there when a share of `until` is over: `InstanceNoise{{.deviation = 0.2, .until = 0.5}}`.
///
/// **Shapes** y: as x, any shape.
/// **Backward** `dx = dy`; tangent `ty = tx`.
/// **Cost** one normal number for each value of x, in the forward pass; nothing is cached.
/// **Errors** `ConfigError` for deviations that are negative or not finite, and for `until` outside of (0,
/// 1].
/// **Source** Sønderby et al. 2017, section 3.4; Arjovsky & Bottou 2017, section 3.
struct InstanceNoise : Identity {  // whose derivatives it has
  InstanceNoiseOptions options;

  explicit constexpr InstanceNoise(InstanceNoiseOptions options_ = {}) : options(options_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  /// σ when that share of the training is over.
  double deviation_at(double progress) const {
    return options.deviation + (options.last - options.deviation) * std::min(progress / options.until, 1.0);
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const S sigma = static_cast<S>(deviation_at(pass.progress));
    if (pass.mode != Mode::train || sigma == 0) return apply(pass, x, y);
    fill_normal(y.data(), y.size(), pass.layer_random());
    const auto add = [sigma](S n, S xi) { return xi + sigma * n; };
    kernels::map(y.data(), y.size(), add, as_const(y).data(), x.data());
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan InstanceNoise::plan(const Shape& input, const Place& place) const {
  const auto& [deviation, last, until] = options;
  if (!(is_finite(deviation) && deviation >= 0 && is_finite(last) && last >= 0))
    fail<ConfigError>("{} (InstanceNoise): needs finite deviations >= 0, got {} and {}", place, deviation,
                      last);
  if (!(is_finite(until) && until > 0 && until <= 1))
    fail<ConfigError>("{} (InstanceNoise): needs until in (0, 1], got {}", place, until);
  return {place, "InstanceNoise", input, input};
}

#endif

}  // namespace eigenerate
