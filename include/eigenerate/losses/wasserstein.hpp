#pragma once

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// The critic's game: the critic minimizes `mean D(G(z)) − mean D(x)`, minus an estimate of the Wasserstein-1
/// distance as long as something keeps it Lipschitz (`GradientPenalty`); the generator minimizes `−mean
/// D(G(z))`.
///
/// **Shapes** logits (the critic's scores), dlogits: 1 × B.
/// **Backward** real and generator: `−1 / B`, fake: `1 / B`.
/// **Source** Arjovsky et al. 2017, algorithm 1.
struct Wasserstein {
  /// Whether the discriminator is a critic, whose outputs are scores without bounds rather than log-odds.
  static constexpr bool takes_scores = true;

  void validate() const {}

  /// The critic's share on real samples.
  template <Scalar S>
  double discriminator_real(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    return signed_mean(S(-1), logits, dlogits);
  }
  /// The critic's share on generated samples.
  template <Scalar S>
  double discriminator_fake(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    return signed_mean(S(1), logits, dlogits);
  }
  /// The generator's loss, from the critic's scores of generated samples.
  template <Scalar S>
  double generator(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    return signed_mean(S(-1), logits, dlogits);
  }

 private:
  template <Scalar S>
  static double signed_mean(S sign, ConstView<S> logits, View<S> dlogits) {
    detail::require_loss_views("Wasserstein", logits, dlogits);
    if (wanted(dlogits)) dlogits.setConstant(sign * detail::per_sample(logits));
    // Scores have no bound and both signs: in float the sum would lose what they cancel.
    const auto term = [sign](S l) { return static_cast<double>(sign * l); };
    return detail::mean_over_batch(logits, [&](Index first, Index size) {
      return kernels::sum_of_map<double>(size, term, logits.data() + first);
    });
  }
};

}  // namespace eigenerate
