#pragma once

#include "eigenerate/adversarial/minimax.hpp"

namespace eigenerate {

/// The game as it is played: the discriminator as in `Minimax`, the generator minimizes `−log D(G(z))`, whose
/// gradient is largest where the discriminator is sure.
///
/// One-sided label smoothing makes `1 − label_smoothing` the target of real samples; two-sided, it makes
/// `label_smoothing` that of generated ones too. The generator's target stays 1.
///
/// **Backward** real: `(sigmoid(l) − 1 + label_smoothing) / n`, fake: `sigmoid(l) / n`, or two-sided
/// `(sigmoid(l) − label_smoothing) / n`; generator: `(sigmoid(l) − 1) / n`.
/// **Source** Goodfellow et al. 2014, section 3; smoothing: Salimans et al. 2016, section 3.4.
struct NonSaturating {
  static constexpr std::string_view kind = "NonSaturating";
  static constexpr bool takes_scores = false;

  double label_smoothing = 0;
  bool two_sided = false;

  void validate() const { detail::require_label_smoothing(kind, label_smoothing); }

  template <Scalar S>
  LogitLoss<S> real(S l) const {
    return detail::cross_entropy(l, 1 - label_smoothing);
  }
  template <Scalar S>
  LogitLoss<S> fake(S l) const {
    return detail::cross_entropy(l, two_sided ? label_smoothing : 0);
  }
  template <Scalar S>
  LogitLoss<S> generator(S l) const {
    return detail::cross_entropy(l, 1);
  }
};

}  // namespace eigenerate
