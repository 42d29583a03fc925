#pragma once

#include "eigenerate/losses/minimax.hpp"

namespace eigenerate {

/// The game as it is played: the discriminator as in `Minimax`, the generator minimizes `−log D(G(z))`, whose
/// gradient is largest where the discriminator is sure.
///
/// One-sided label smoothing makes `1 − label_smoothing` the target of real samples; the generator's target
/// stays 1.
///
/// **Shapes** logits, dlogits: 1 × B.
/// **Backward** real: `(sigmoid(l) − 1 + label_smoothing) / B`, fake: `sigmoid(l) / B`, generator:
/// `(sigmoid(l) − 1) / B`.
/// **Source** Goodfellow et al. 2014, section 3; smoothing: Salimans et al. 2016, section 3.4.
struct NonSaturating {
  /// Whether the discriminator is a critic, whose outputs are scores without bounds rather than log-odds.
  static constexpr bool takes_scores = false;

  double label_smoothing = 0;

  void validate() const { detail::require_label_smoothing("NonSaturating", label_smoothing); }

  /// The discriminator's share on real samples.
  template <Scalar S>
  double discriminator_real(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    return bce_with_logits(logits, 1 - label_smoothing, dlogits);
  }
  /// The discriminator's share on generated samples.
  template <Scalar S>
  double discriminator_fake(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    return bce_with_logits(logits, 0.0, dlogits);
  }
  /// The generator's loss, from the discriminator's logits on generated samples.
  template <Scalar S>
  double generator(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    return bce_with_logits(logits, 1.0, dlogits);
  }
};

}  // namespace eigenerate
