#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/latent/detail/term_sums.hpp"

namespace eigenerate {

/// The combined importance-weighted bound: `β · ELBO + (1 − β) · IWAE` of the same k samples, the KL of the
/// ELBO sampled. β of 1 is the `Elbo`, of 0 the `Iwae`.
///
/// **Backward** a sample counts by β/k + (1 − β) w̃, w̃ being its share of its input's weights.
/// **Errors** `validate`: `ConfigError` for β outside of [0, 1].
/// **Source** Rainforth et al. 2018, section 5.
struct Ciwae {
  static constexpr std::string_view kind = "Ciwae";

  double beta = 0.5;  ///< of the ELBO in the sum

  void validate() const;
  ObjectiveNeeds needs() const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    const double batch = static_cast<double>(t.inputs), k = static_cast<double>(t.samples);
    double log_weights = 0;
    const double bound = detail::mean_log_of_groups(t, 1, [&](std::size_t j, double share) {
      log_weights += detail::log_weight(t, j);
      if (!w.parameters.empty()) w.parameters[j] = static_cast<S>(-(beta / k + (1 - beta) * share) / batch);
    });
    return {-beta * log_weights / (batch * k) - (1 - beta) * bound, 1};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void Ciwae::validate() const {
  if (!(is_finite(beta) && beta >= 0 && beta <= 1))
    fail<ConfigError>("Ciwae: beta must be in [0, 1], got {}", beta);
}

EIGENERATE_INLINE ObjectiveNeeds Ciwae::needs() const {
  return {.densities = true};
}

#endif

}  // namespace eigenerate
