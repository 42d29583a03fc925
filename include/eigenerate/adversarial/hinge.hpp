#pragma once

#include <string_view>

#include "eigenerate/adversarial/adversarial_loss.hpp"

namespace eigenerate {

/// The discriminator minimizes `max(0, 1 − D(x)) + max(0, 1 + D(G(z)))` and so looks no further at samples
/// that it tells by a margin of one; the generator minimizes `−D(G(z))`.
///
/// **Backward** real: `−1 / n` where l < 1, fake: `1 / n` where l > −1, otherwise 0 (at the corner too, as
/// PyTorch); generator: `−1 / n`.
/// **Source** Lim & Ye 2017, eq. 12 and 14.
struct Hinge {
  static constexpr std::string_view kind = "Hinge";
  static constexpr bool takes_scores = true;

  void validate() const {}

  template <Scalar S>
  LogitLoss<S> real(S l) const {
    return {kernels::select(l > S(1), S(0), S(1) - l), kernels::select(l < S(1), S(-1), S(0))};
  }
  template <Scalar S>
  LogitLoss<S> fake(S l) const {
    return {kernels::select(l < S(-1), S(0), S(1) + l), kernels::select(l > S(-1), S(1), S(0))};
  }
  template <Scalar S>
  LogitLoss<S> generator(S l) const {
    return {-l, S(-1)};
  }
};

}  // namespace eigenerate
