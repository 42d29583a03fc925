#pragma once

#include <cstddef>

#include "eigenerate/latent/coupling_step.hpp"
#include "eigenerate/layers/layer_sequence.hpp"

namespace eigenerate {

/// Coupling steps one after another: a layer on (z, l) that can be run backwards.
///
/// **Shapes** x: (z, l), latent + 1 × B; y: the same.
/// **Cost** that of its steps, each way.
class CouplingFlow : public LayerSequence<CouplingFlow> {
 public:
  CouplingFlow(Index latent, Index hidden, Index steps) : latent_(latent), hidden_(hidden), steps_(steps) {
    if (steps < 1) fail<ConfigError>("CouplingFlow: expected at least one step, got {}", steps);
  }

  std::size_t count() const { return static_cast<std::size_t>(steps_); }

  template <class F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < count(); ++i) f(step(i), i);
  }
  template <class F>
  void for_each_reversed(F&& f) const {
    for (std::size_t i = count(); i-- > 0;) f(step(i), i);
  }

  /// The z that `forward` takes to this one, in place; without l, z is latent × B. It writes the cache.
  template <Scalar S>
  void invert(const Pass<S>& pass, View<S> z) const {
    for_each_reversed(
        [&](const CouplingStep& step, std::size_t i) { step.invert(pass.child(static_cast<Index>(i)), z); });
  }

 private:
  /// Made anew: a step is a few numbers.
  CouplingStep step(std::size_t i) const { return {latent_, hidden_, static_cast<Index>(i)}; }

  Index latent_, hidden_, steps_;
};

}  // namespace eigenerate
