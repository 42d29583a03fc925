#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/detail/term_sums.hpp"

namespace eigenerate {

/// The importance-weighted bound: minus the log of the mean of the k weights w = p(x|z) p(z) / q(z|x).
///
/// **Backward** a sample counts by its share w̃ of its input's weights. The encoder's gradient then has a
/// signal-to-noise ratio that falls with k; doubly reparameterized, the path through z counts by w̃² and the
/// score not at all, which has the same mean and a ratio that rises. It needs ∂ log q/∂z. What the decoder's
/// and the prior's parameters get is the same in both.
/// **Source** Burda, Grosse & Salakhutdinov 2016, eq. 8 and 14; Tucker, Lawson, Gu & Maddison 2019, eq. 8.
struct Iwae {
  static constexpr std::string_view kind = "Iwae";

  bool doubly_reparameterized = false;

  ObjectiveNeeds needs() const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    const double batch = static_cast<double>(t.inputs);
    const double bound = detail::mean_log_of_groups(t, 1, [&](std::size_t j, double share) {
      if (w.parameters.empty()) return;
      w.parameters[j] = static_cast<S>(-share / batch);
      if (doubly_reparameterized) w.path[j] = static_cast<S>(-share * share / batch);
    });
    return {-bound, 1};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE ObjectiveNeeds Iwae::needs() const {
  return {.densities = true, .path_weights = doubly_reparameterized, .score = !doubly_reparameterized};
}

#endif

}  // namespace eigenerate
