#pragma once

#include <string_view>

#include "eigenerate/adversarial/adversarial_loss.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate {

namespace detail {

/// `ConfigError` unless the smoothed label of real samples stays above one half.
inline void require_label_smoothing(std::string_view loss, const double& label_smoothing) {
  if (!(is_finite(label_smoothing) && label_smoothing >= 0 && label_smoothing < 0.5))
    fail<ConfigError>("{}: expected 0 <= label_smoothing < 0.5, got {}", loss, label_smoothing);
}

/// `log(1 + eˡ) − t·l`: the cross-entropy of one logit against the target t.
template <Scalar S>
LogitLoss<S> cross_entropy(S l, double target) {
  const auto [sigmoid, softplus] = kernels::sigmoid_and_softplus(l);
  const S t = static_cast<S>(target);
  return {softplus - t * l, sigmoid - t};
}

}  // namespace detail

/// The original game: the discriminator minimizes `−log D(x) − log(1 − D(G(z)))`, the generator the mean of
/// `log(1 − D(G(z)))`, whose gradient vanishes where the discriminator is sure.
///
/// One-sided label smoothing makes `1 − label_smoothing` the target of real samples; two-sided, it makes
/// `label_smoothing` that of generated ones too. The generator's function is not smoothed.
///
/// **Backward** real: `(sigmoid(l) − 1 + label_smoothing) / n`, fake: `sigmoid(l) / n`, or two-sided
/// `(sigmoid(l) − label_smoothing) / n`; generator: `−sigmoid(l) / n`.
/// **Source** Goodfellow et al. 2014, eq. 1; smoothing: Salimans et al. 2016, section 3.4.
struct Minimax {
  static constexpr std::string_view kind = "Minimax";
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
    const LogitLoss<S> opponent = detail::cross_entropy(l, 0);
    return {-opponent.value, -opponent.derivative};
  }
};

}  // namespace eigenerate
