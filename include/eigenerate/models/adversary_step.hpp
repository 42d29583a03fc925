#pragma once

#include <array>
#include <span>

#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/model.hpp"

namespace eigenerate {

/// What both sides meet over in one part of a training step: its samples against fakes made for them, under
/// what the discriminator sees beside them. The penalties and the discriminator's noise have streams of their
/// own.
template <Scalar S>
AdversaryRound<S> adversary_round(const BatchPart<S>& part, const StepContext& context, ConstView<S> fake,
                                  ConstView<S> condition) {
  return {.real = part.batch.samples,
          .fake = fake,
          .condition = condition,
          .random = part.stream(context.stream(Purpose::penalty)),
          .dropout = part.stream(context.stream(Purpose::dropout)),
          .progress = context.progress,
          .step = context.step};
}

/// The discriminator's side of a training step: it learns from the round that `meet(part)` makes of every
/// part, and is updated. Returns its loss, penalties and all, which becomes the figure `discriminator_loss`;
/// every term that acts in this step reports its own.
///
/// **Errors** `DivergenceError` as `update`.
template <Scalar S, class Meet>
double adversary_step(Adversary<S>& adversary, const BatchParts<S>& parts, const StepContext& context,
                      const GradientClipping& clipping, StepMetrics& metrics, const Meet& meet) {
  const std::size_t terms = adversary.terms().size();
  if (terms > StepMetrics::capacity)
    fail<ConfigError>("{}: at most {} terms have room for their figures, got {}", adversary.network().name(),
                      StepMetrics::capacity, terms);
  std::array<double, StepMetrics::capacity> of_part{}, sums{};
  double loss = 0;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    loss += part.share * adversary.learn(meet(part), std::span(of_part).first(terms));
    for (std::size_t t = 0; t < terms; ++t) sums[t] += part.share * of_part[t];
    part.scale(adversary.learner().gradients);
  }
  for (std::size_t t = 0; t < terms; ++t) {
    const AnyAdversaryTerm<S>& term = adversary.terms()[t];
    if (!term.acts(context.step)) continue;
    loss += sums[t];
    metrics.set(term.figure(), sums[t]);
  }
  const std::array<Learner<S>*, 1> learners{&adversary.learner()};
  update<S>(context, clipping, loss, learners);
  metrics.set("discriminator_loss", loss);
  return loss;
}

}  // namespace eigenerate
