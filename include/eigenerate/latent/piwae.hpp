#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/miwae.hpp"

namespace eigenerate {

/// The partially importance-weighted estimator: decoder and prior learn the `Iwae` of all k samples of an
/// input, the encoder learns the `Miwae` of M groups of them. The loss is the former.
///
/// **Backward** for parameters a sample counts by its share of its input's weights, for the path through z
/// and the score of log q by its share of its group's: no gradient of one value.
/// **Errors** `validate`: `ConfigError` for less than one group.
/// **Source** Rainforth et al. 2018, section 5.
struct Piwae {
  static constexpr std::string_view kind = "Piwae";

  Index groups = 1;  ///< M, a divisor of the samples of an input

  void validate() const;
  ObjectiveNeeds needs() const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    if (!w.parameters.empty()) Miwae{groups}.evaluate(t, ObjectiveWeights<S>{.parameters = w.path});
    return Miwae{1}.evaluate(t, w);
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void Piwae::validate() const {
  if (groups < 1) fail<ConfigError>("Piwae: expected at least 1 group, got {}", groups);
}

EIGENERATE_INLINE ObjectiveNeeds Piwae::needs() const {
  return {.densities = true, .path_weights = true, .groups = groups};
}

#endif

}  // namespace eigenerate
