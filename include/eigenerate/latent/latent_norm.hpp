#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/latent_term.hpp"

namespace eigenerate {

/// `β · ½‖z‖²`, a mean over the latent vectors of a batch: what keeps an autoencoder without a V from placing
/// its codes far apart. With a weight of 1 it is −log p(z) of the standard normal prior, but for a constant.
/// A regularized autoencoder (RAE) is
///
///     Vae{encoder, decoder,
///         {.posterior = DeterministicPosterior{},
///          .objective = Reconstruction{},
///          .terms = {LatentNorm{}},
///          .decoder_optimizer = AdamW{}}}
///
/// with small weights for a smooth decoder, or with `SpectralNorm` layers in it.
///
/// **Backward** `dz += β z / (k·n)` for k·n latent vectors.
/// **Errors** `validate`: `ConfigError` for a weight out of range.
/// **Source** Ghosh et al. 2020, sections 3 and 4. They draw codes from a density that is fitted to them
/// afterwards.
struct LatentNorm {
  static constexpr std::string_view kind = "LatentNorm";
  static constexpr std::string_view figure = "latent_norm";

  double weight = 1;  ///< β

  void validate() const;

  Index memory(Index, Index, Index) const { return 0; }

  template <Scalar S>
  double add(const LatentRound<S>& round, S*, View<S> dz, View<S>) const {
    const double share = weight / static_cast<double>(round.z.cols());
    dz += static_cast<S>(share) * round.z;
    return 0.5 * share * kernels::sum_of_squares(round.z.data(), round.z.size());
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void LatentNorm::validate() const {
  if (!(is_finite(weight) && weight >= 0))
    fail<ConfigError>("LatentNorm: weight must be finite and not negative, got {}", weight);
}

#endif

}  // namespace eigenerate
