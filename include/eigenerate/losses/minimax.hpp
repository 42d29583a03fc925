#pragma once

#include "eigenerate/core/finite.hpp"
#include "eigenerate/losses/bce_with_logits.hpp"

namespace eigenerate {

namespace detail {
/// `ConfigError` unless the smoothed label of real samples stays above one half.
inline void require_label_smoothing(std::string_view loss, const double& label_smoothing) {
  if (!(is_finite(label_smoothing) && label_smoothing >= 0 && label_smoothing < 0.5))
    fail<ConfigError>("{}: expected 0 <= label_smoothing < 0.5, got {}", loss, label_smoothing);
}
}  // namespace detail

/// The original game: the discriminator minimizes `−log D(x) − log(1 − D(G(z)))`, the generator the mean of
/// `log(1 − D(G(z)))`, whose gradient vanishes where the discriminator is sure.
///
/// One-sided label smoothing makes `1 − label_smoothing` the target of real samples.
///
/// **Shapes** logits, dlogits: 1 × B.
/// **Backward** real: `(sigmoid(l) − 1 + label_smoothing) / B`, fake: `sigmoid(l) / B`, generator:
/// `−sigmoid(l) / B`.
/// **Source** Goodfellow et al. 2014, eq. 1; smoothing: Salimans et al. 2016, section 3.4.
struct Minimax {
  /// Whether the discriminator is a critic, whose outputs are scores without bounds rather than log-odds.
  static constexpr bool takes_scores = false;

  double label_smoothing = 0;

  void validate() const { detail::require_label_smoothing("Minimax", label_smoothing); }

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
  /// The generator's loss, from the discriminator's logits on generated samples; at most zero.
  template <Scalar S>
  double generator(ConstView<S> logits, View<S> dlogits = unwanted<S>()) const {
    const double value = bce_with_logits(logits, 0.0, dlogits);
    if (wanted(dlogits)) dlogits = -dlogits;
    return -value;
  }
};

}  // namespace eigenerate
