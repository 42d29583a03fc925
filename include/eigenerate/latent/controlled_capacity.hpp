#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/latent/detail/term_sums.hpp"

namespace eigenerate {

/// `−E log p(x|z) + γ · |KL(q(z|x) ‖ p(z)) − C|`: the KL is held at a target C that rises linearly, so that
/// the latent dimensions come into use one after another.
///
/// The target is a function of the step alone. (Weights that follow the KL itself, as the Lagrange
/// multiplier of Rezende & Viola 2018, have a memory, and an objective has none.)
///
/// **Numerics** the KL is in closed form and its mean over the batch, over each part of a step that is taken
/// in parts. Where it is C the gradient of its term is zero. A model that is judged has the ELBO.
/// **Errors** `validate`: `ConfigError` for members out of range.
/// **Source** Burgess et al. 2018, eq. 8 (γ = 1000; C from 0 to 25 nats in 100,000 steps).
struct ControlledCapacity {
  static constexpr std::string_view kind = "ControlledCapacity";

  double gamma = 1000;
  double nats = 25;               ///< the last target
  std::uint64_t steps = 100'000;  ///< in which it is reached

  void validate() const;
  ObjectiveNeeds needs() const;

  /// C in that step.
  double capacity(std::uint64_t step) const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    detail::weigh_uniformly(t, w.parameters);
    const double reconstruction = -detail::mean_of(t.log_px), divergence = detail::mean_of(t.kl);
    const double above = t.step ? divergence - capacity(*t.step) : 0;
    const double weight = !t.step ? 1 : above > 0 ? gamma : above < 0 ? -gamma : 0;
    View<S> d_kl = w.kl;
    if (wanted(d_kl)) d_kl.setConstant(static_cast<S>(weight / static_cast<double>(t.inputs)));
    return {reconstruction + (t.step ? gamma * std::abs(above) : divergence), 0};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void ControlledCapacity::validate() const {
  if (!(is_finite(gamma) && gamma >= 0) || !(is_finite(nats) && nats >= 0))
    fail<ConfigError>("ControlledCapacity: gamma and nats must be finite and not negative, got {} and {}",
                      gamma, nats);
}

EIGENERATE_INLINE ObjectiveNeeds ControlledCapacity::needs() const {
  return {.closed_form_kl = true, .uniform = true};
}

EIGENERATE_INLINE double ControlledCapacity::capacity(std::uint64_t step) const {
  if (step + 1 >= steps) return nats;
  return nats * static_cast<double>(step + 1) / static_cast<double>(steps);
}

#endif

}  // namespace eigenerate
