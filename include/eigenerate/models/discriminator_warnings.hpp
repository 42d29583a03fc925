#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/losses/bce_with_logits.hpp"
#include "eigenerate/metrics/row_variances.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/warning.hpp"

namespace eigenerate {

/// Warns of a discriminator that ends in an activation where logits are expected, and of a Wasserstein critic
/// that nothing keeps Lipschitz.
template <Scalar S>
void warn_of_discriminator(std::vector<Warning>& warnings, const Adversary<S>& adversary) {
  warn_of_bounded_outputs(warnings, adversary.network().plan(), "the logits that the loss takes",
                          ValueRange::everything());
  const auto terms = adversary.terms();
  if (adversary.loss().needs_lipschitz() && adversary.learner().weight_limit == 0 &&
      std::none_of(terms.begin(), terms.end(), [](const auto& term) { return term.is_penalty(); }))
    warnings.push_back(
        {WarningKind::unconstrained_critic,
         "the Wasserstein loss needs a critic that something keeps Lipschitz, and nothing does; add "
         ".gradient_penalty = GradientPenalty{10}"});
}

/// Warns of mode collapse, where generated samples vary less than a tenth as much as real ones do.
template <Scalar S>
void warn_of_collapse(std::vector<Warning>& warnings, ConstView<S> real, ConstView<S> fake) {
  const auto spread = [](ConstView<S> x) {
    const auto variances = row_variances(x);
    return std::accumulate(variances.begin(), variances.end(), 0.0);
  };
  if (const double ratio = spread(fake) / spread(real); ratio < 0.1)
    warnings.push_back(
        {WarningKind::mode_collapse,
         format_message("mode collapse: generated samples vary {:.2g} times as much as the data do", ratio)});
}

/// Warns of a saturated discriminator, which is right about 99 of 100 samples and sure of it (both terms of
/// its cross-entropy together below 0.02 nats; not asked of a critic, whose outputs are scores).
template <Scalar S>
void warn_of_saturation(std::vector<Warning>& warnings, const Adversary<S>& adversary,
                        const typename Adversary<S>::Scores& logits) {
  if (adversary.loss().takes_scores()) return;
  if (bce_with_logits(logits.real, 1.0) + bce_with_logits(logits.fake, 0.0) < 0.02)
    warnings.push_back({WarningKind::discriminator_saturation,
                        "discriminator saturation: it tells real from generated samples without doubt, so "
                        "the generator learns little; lower its learning rate or regularise it"});
}

}  // namespace eigenerate
