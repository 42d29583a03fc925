#pragma once

#include <string_view>

#include "eigenerate/adversarial/adversarial_loss.hpp"

namespace eigenerate {

/// The critic's game: the critic minimizes `mean D(G(z)) − mean D(x)`, minus an estimate of the Wasserstein-1
/// distance as long as something keeps it Lipschitz (`GradientPenalty`); the generator minimizes `−mean
/// D(G(z))`.
///
/// **Backward** real and generator: `−1 / n`, fake: `1 / n`.
/// **Source** Arjovsky et al. 2017, algorithm 1.
struct Wasserstein {
  static constexpr std::string_view kind = "Wasserstein";
  static constexpr bool takes_scores = true;
  static constexpr bool needs_lipschitz = true;

  void validate() const {}

  template <Scalar S>
  LogitLoss<S> real(S l) const {
    return {-l, S(-1)};
  }
  template <Scalar S>
  LogitLoss<S> fake(S l) const {
    return {l, S(1)};
  }
  template <Scalar S>
  LogitLoss<S> generator(S l) const {
    return {-l, S(-1)};
  }
};

}  // namespace eigenerate
