#pragma once

#include "eigenerate/models/players.hpp"

namespace eigenerate {

template <Scalar S>
Players<S>::Players(std::string_view model, Learner<S> generator, Adversary<S> adversary,
                    const GradientClipping& clipping, Index discriminator_steps)
    : generator_(std::move(generator)),
      adversary_(std::move(adversary)),
      clipping_(clipping),
      discriminator_steps_(discriminator_steps) {
  if (discriminator().output_shape().channels != 1)
    fail<ShapeError>("{}: the discriminator must end in one logit, got an output of shape {}", model,
                     to_string(discriminator().output_shape()));
}

template <Scalar S>
void Players<S>::prepare(Index max_part) {
  if (!memory_ || memory_->max_part < max_part) memory_.emplace(generator_.network, max_part);
  adversary_.prepare(max_part);
}

template <Scalar S>
StepMetrics Players<S>::evaluate(ConstView<S> real, ConstView<S> fake, ConstView<S> condition) {
  const auto logits = adversary_.score(real, fake, condition);
  const double discriminator_loss = adversary_.loss().discriminator(logits.real, logits.fake),
               generator_loss = adversary_.loss().generator(logits.fake, logits.real);
  StepMetrics metrics;
  metrics.set("loss", discriminator_loss + generator_loss);
  metrics.set("discriminator_loss", discriminator_loss);
  metrics.set("generator_loss", generator_loss);
  return metrics;
}

template <Scalar S>
std::vector<Warning> Players<S>::health(ConstView<S> real, ConstView<S> fake, ConstView<S> condition) {
  if (real.cols() < 2) return {};
  const auto spread = [](ConstView<S> x) {
    const auto variances = row_variances(x);
    return std::accumulate(variances.begin(), variances.end(), 0.0);
  };
  std::vector<Warning> warnings;
  if (const double ratio = spread(fake) / spread(real); ratio < 0.1)
    warnings.push_back(
        {WarningKind::mode_collapse,
         fmt::format("mode collapse: generated samples vary {:.2g} times as much as the data do", ratio)});
  if (adversary_.loss().takes_scores()) return warnings;
  const auto logits = adversary_.score(real, fake, condition);
  const double surprise = bce_with_logits(logits.real, 1.0) + bce_with_logits(logits.fake, 0.0);
  if (surprise < 0.02)
    warnings.push_back({WarningKind::discriminator_saturation,
                        "discriminator saturation: it tells real from generated samples without doubt, so "
                        "the generator learns little; lower its learning rate or regularise it"});
  return warnings;
}

template <Scalar S>
std::vector<Warning> Players<S>::setup_warnings(const ValueRange& range) const {
  std::vector<Warning> warnings;
  warn_of_bounded_outputs(warnings, discriminator().plan(), "the logits that the loss takes",
                          ValueRange::everything());
  warn_of_bounded_outputs(warnings, generator_.network.plan(), "the data", range);
  if (adversary_.loss().needs_lipschitz() && adversary_.terms().empty())
    warnings.push_back(
        {WarningKind::unconstrained_critic,
         "the Wasserstein loss needs a critic that something keeps Lipschitz, and nothing does; add "
         ".gradient_penalty = GradientPenalty{10}"});
  return warnings;
}

template <Scalar S>
std::vector<MetricName> Players<S>::figures() const {
  std::vector<MetricName> names{"loss", "discriminator_loss", "generator_loss"};
  for (const auto& term : adversary_.terms()) names.push_back(term.figure());
  return names;
}

EIGENERATE_INSTANTIATE_CLASS(Players)

}  // namespace eigenerate
