#pragma once

#include <string_view>

#include "eigenerate/adversarial/adversarial_loss.hpp"

namespace eigenerate {

/// The discriminator minimizes `½ (D(x) − 1)² + ½ D(G(z))²`, the generator `½ (D(G(z)) − 1)²`: samples on the
/// right side but far from the data still give a gradient.
///
/// **Backward** real and generator: `(l − 1) / n`, fake: `l / n`.
/// **Source** Mao et al. 2017, eq. 9 (a = 0, b = c = 1).
struct LeastSquares {
  static constexpr std::string_view kind = "LeastSquares";
  static constexpr bool takes_scores = true;
  static constexpr double undecided = 0.5;

  void validate() const {}

  template <Scalar S>
  LogitLoss<S> real(S l) const {
    return {S(0.5) * (l - S(1)) * (l - S(1)), l - S(1)};
  }
  template <Scalar S>
  LogitLoss<S> fake(S l) const {
    return {S(0.5) * l * l, l};
  }
  template <Scalar S>
  LogitLoss<S> generator(S l) const {
    return real(l);
  }
};

}  // namespace eigenerate
