#pragma once

#include <string_view>

#include "eigenerate/adversarial/minimax.hpp"

namespace eigenerate {

/// The discriminator of the original game, whose logit is the log of the ratio of both densities, and a
/// generator that minimizes that itself: the mean of `−l = log (1 − D(G(z))) / D(G(z))` estimates
/// KL(generated ‖ real).
///
/// **Backward** real: `(sigmoid(l) − 1) / n`, fake: `sigmoid(l) / n`; generator: `−1 / n`.
/// **Source** Kim & Mnih 2018, eq. 3; Sønderby et al. 2017, section 2 ("amortised MAP inference").
struct DensityRatio {
  static constexpr std::string_view kind = "DensityRatio";
  static constexpr bool takes_scores = false;

  void validate() const {}

  template <Scalar S>
  LogitLoss<S> real(S l) const {
    return detail::cross_entropy(l, 1);
  }
  template <Scalar S>
  LogitLoss<S> fake(S l) const {
    return detail::cross_entropy(l, 0);
  }
  template <Scalar S>
  LogitLoss<S> generator(S l) const {
    return {-l, S(-1)};
  }
};

}  // namespace eigenerate
