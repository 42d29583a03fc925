#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/detail/term_sums.hpp"

namespace eigenerate {

/// The multiply importance-weighted bound: the k samples of an input are cut into M groups, and the bound is
/// the mean over the groups of the log of the mean weight in each. One group is the `Iwae`, k groups of one
/// sample are the ELBO with a sampled KL.
///
/// More groups leave the bound looser and the encoder's gradient with less noise: its signal-to-noise ratio
/// rises by √M, and falls by the root of the samples in a group.
///
/// **Backward** a sample counts by its share of its group's weights.
/// **Errors** `validate`: `ConfigError` for less than one group.
/// **Source** Rainforth et al. 2018, section 5.
struct Miwae {
  static constexpr std::string_view kind = "Miwae";

  Index groups = 1;  ///< M, a divisor of the samples of an input

  void validate() const;
  ObjectiveNeeds needs() const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    const double parts = static_cast<double>(t.inputs * groups);
    const double bound = detail::mean_log_of_groups(t, groups, [&](std::size_t j, double share) {
      if (!w.parameters.empty()) w.parameters[j] = static_cast<S>(-share / parts);
    });
    return {-bound, 1};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void Miwae::validate() const {
  if (groups < 1) fail<ConfigError>("Miwae: expected at least 1 group, got {}", groups);
}

EIGENERATE_INLINE ObjectiveNeeds Miwae::needs() const {
  return {.densities = true, .groups = groups};
}

#endif

}  // namespace eigenerate
