#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/detail/term_sums.hpp"

namespace eigenerate {

/// `−E log p(x|z)` and nothing else: an autoencoder without a V, whose latent vectors terms may bring to the
/// prior, as in `Vae{…, {.posterior = DeterministicPosterior{}, .objective = Reconstruction{}, .terms =
/// {…}}}`.
struct Reconstruction {
  static constexpr std::string_view kind = "Reconstruction";

  ObjectiveNeeds needs() const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    detail::weigh_uniformly(t, w.parameters);
    return {-detail::mean_of(t.log_px), 0};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE ObjectiveNeeds Reconstruction::needs() const {
  return {.uniform = true};
}

#endif

}  // namespace eigenerate
