#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/model.hpp"

namespace eigenerate {

/// What both sides meet over in one part of a training step: its samples against fakes made for them, under
/// what the discriminator sees beside them, and the latent vectors that the fakes were made from, where terms
/// may look at them. The penalties and the discriminator's noise have streams of their
/// own.
template <Scalar S>
AdversaryRound<S> adversary_round(const BatchPart<S>& part, const StepContext& context, ConstView<S> fake,
                                  ConstView<S> condition, ConstView<S> latent = {}) {
  return {.real = part.batch.samples,
          .fake = fake,
          .condition = condition,
          .random = part.stream(context.stream(Purpose::penalty)),
          .dropout = part.stream(context.stream(Purpose::dropout)),
          .progress = context.progress,
          .step = context.step,
          .labels = part.batch.labels,
          .latent = latent};
}

/// What the terms of an adversary contribute to the loss of one side, over the parts of a step.
///
/// **Errors** `ConfigError` for more terms than there is room for.
template <Scalar S>
class TermShares {
 public:
  using Figure = std::string_view (AnyAdversaryTerm<S>::*)() const;

  /// `figure` says by which name a term reports: `&AnyAdversaryTerm<S>::figure`, or `fool_figure`.
  TermShares(const Adversary<S>& adversary, Figure figure) : terms_(adversary.terms()), figure_(figure) {
    if (terms_.size() > StepMetrics::capacity)
      fail<ConfigError>("{}: at most {} terms have room for their figures, got {}",
                        adversary.network().name(), StepMetrics::capacity, terms_.size());
  }

  /// Where `learn` and `fool` write the values of one part.
  std::span<double> of_part() { return std::span(of_part_).first(terms_.size()); }
  void add_part(double share) {
    for (std::size_t t = 0; t < terms_.size(); ++t) sums_[t] += share * of_part_[t];
  }
  /// Sets the figure of every term that acts in this step, and adds its share to the loss. Terms of one name
  /// report their sum.
  void report(const StepContext& context, StepMetrics& metrics, double& loss) const {
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      const std::string_view name = (terms_[t].*figure_)();
      if (name.empty() || !terms_[t].acts(context.step)) continue;
      loss += sums_[t];
      double reported = sums_[t];
      for (std::size_t before = 0; before < t; ++before)
        if ((terms_[before].*figure_)() == name && terms_[before].acts(context.step))
          reported += sums_[before];
      metrics.set(name, reported);
    }
  }

 private:
  std::span<const AnyAdversaryTerm<S>> terms_;
  Figure figure_;
  std::array<double, StepMetrics::capacity> of_part_{}, sums_{};
};

/// The names of the figures of an adversary's terms, each once, behind those that a model reports itself.
template <Scalar S>
std::vector<MetricName> with_figures_of_terms(std::vector<MetricName> names, const Adversary<S>& adversary) {
  for (const auto& term : adversary.terms())
    for (const std::string_view name : {term.figure(), term.fool_figure()})
      if (!name.empty() &&
          std::none_of(names.begin(), names.end(), [&](const MetricName& n) { return n.view() == name; }))
        names.push_back(name);
  return names;
}

/// The discriminator's side of a training step: it learns from the round that `meet(part)` makes of every
/// part, and is updated. Returns its loss, penalties and all, which becomes the figure `discriminator_loss`;
/// every term that acts in this step reports its own.
///
/// **Errors** `DivergenceError` as `update`.
template <Scalar S, class Meet>
double adversary_step(Adversary<S>& adversary, const BatchParts<S>& parts, const StepContext& context,
                      const GradientClipping& clipping, StepMetrics& metrics, const Meet& meet) {
  TermShares<S> terms(adversary, &AnyAdversaryTerm<S>::figure);
  double loss = 0;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    loss += part.share * adversary.learn(meet(part), terms.of_part());
    terms.add_part(part.share);
    part.scale(adversary.learner().gradients);
  }
  terms.report(context, metrics, loss);
  const std::array<Learner<S>*, 1> learners{&adversary.learner()};
  update<S>(context, clipping, loss, learners);
  metrics.set("discriminator_loss", loss);
  return loss;
}

/// The parts of a step for learners that come second: `learn(part)` adds what they learn from each part to
/// their gradients, which become means over the step. Memory holds what was made of the last part alone, so
/// where there are more, `make(part)` makes it again.
template <Scalar S, class Make, class Learn>
void for_each_part(const BatchParts<S>& parts, std::type_identity_t<Learners<S>> learners, const Make& make,
                   const Learn& learn) {
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    if (parts.size() > 1) make(part);
    learn(part);
    for (Learner<S>* learner : learners) part.scale(learner->gradients);
  }
}

/// The other side of a training step, which learns from the discriminator as it is now: `learn(part, terms)`
/// adds what the learners learn from each part to their gradients, and writes the terms' shares of it, see
/// `Adversary::fool`; every term that acts in this step reports them. `make(part, Buffers::keep)` makes again
/// what was made of a part.
///
/// The gradients become means over the step; whoever called this calls `update`.
template <Scalar S, class Make, class Learn>
void fooling_step(const Adversary<S>& adversary, const BatchParts<S>& parts, const StepContext& context,
                  std::type_identity_t<Learners<S>> learners, StepMetrics& metrics, const Make& make,
                  const Learn& learn) {
  TermShares<S> terms(adversary, &AnyAdversaryTerm<S>::fool_figure);
  for_each_part(
      parts, learners, [&](const BatchPart<S>& part) { make(part, Buffers::keep); },
      [&](const BatchPart<S>& part) {
        learn(part, terms.of_part());
        terms.add_part(part.share);
      });
  double sum = 0;  // parts of the losses that `learn` knows
  terms.report(context, metrics, sum);
}

}  // namespace eigenerate
