#pragma once

#include <algorithm>
#include <cstdint>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// `average += (1 − decay) · (parameters − average)`: the exponential moving average of parameters or
/// buffers. It starts as a copy of them.
///
/// **Errors** `ConfigError` unless 0 <= decay < 1; `StateError` where the arenas are of different networks.
template <Scalar S>
void ema_update(Arena<S>& average, const Arena<S>& parameters, const double& decay) {
  if (!(is_finite(decay) && decay >= 0 && decay < 1))
    fail<ConfigError>("ema_update: expected decay in [0, 1), got {}", decay);
  if (!average.same_table(parameters)) fail<StateError>("ema_update: the arenas are of different networks");
  const auto follow = [rate = static_cast<S>(1 - decay)](S a, S p) { return a + rate * (p - a); };
  kernels::map(average.data(), average.size(), follow, average.data(), parameters.data());
}

/// The decay to use for update number `updates` (counted from 0), `min(decay, (1 + updates) / (10 +
/// updates))`: early averages follow quickly instead of remembering the initial weights for 1 / (1 − decay)
/// steps.
///
/// **Source** TensorFlow's `ExponentialMovingAverage(num_updates=…)`.
inline double warmed_up_decay(double decay, std::uint64_t updates) {
  const double n = static_cast<double>(updates);
  return std::min(decay, (1 + n) / (10 + n));
}

}  // namespace eigenerate
