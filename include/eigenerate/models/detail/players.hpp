#pragma once

#include "eigenerate/models/players.hpp"

namespace eigenerate {

template <Scalar S>
void Players<S>::prepare(Index max_part) {
  if (!memory_ || memory_->max_part < max_part) memory_.emplace(generator_.network, max_part);
  adversary_.prepare(max_part);
}

template <Scalar S>
StepMetrics Players<S>::evaluate(ConstView<S> real, ConstView<S> fake, ConstView<S> condition) {
  double discriminator_loss = 0, generator_loss = 0;
  // Less than a pack, as the last batch of a dataset may be, has no loss, and counts for nothing.
  const bool judged = real.cols() >= adversary_.packing();
  if (judged) {
    const auto logits = adversary_.score(real, fake, condition);
    discriminator_loss = adversary_.loss().discriminator(logits.real, logits.fake);
    generator_loss = adversary_.loss().generator(logits.fake, logits.real);
  }
  const double weight = judged ? 1 : 0;
  StepMetrics metrics;
  metrics.set("loss", discriminator_loss + generator_loss, weight);
  metrics.set("discriminator_loss", discriminator_loss, weight);
  metrics.set("generator_loss", generator_loss, weight);
  return metrics;
}

template <Scalar S>
Players<S>::Players(std::string_view model, Learner<S> generator, Adversary<S> adversary,
                    const GradientClipping& clipping, Index discriminator_steps)
    : generator_(std::move(generator)),
      adversary_(std::move(adversary)),
      clipping_(clipping),
      discriminator_steps_(discriminator_steps) {
  adversary_.require_outputs(model);
}

template <Scalar S>
std::vector<Warning> Players<S>::health(ConstView<S> real, ConstView<S> fake, ConstView<S> condition) {
  if (real.cols() < 2) return {};
  std::vector<Warning> warnings;
  warn_of_collapse(warnings, real, fake);
  if (real.cols() >= adversary_.packing())
    warn_of_saturation(warnings, adversary_, adversary_.score(real, fake, condition));
  return warnings;
}

template <Scalar S>
std::vector<Warning> Players<S>::setup_warnings(const ValueRange& range) const {
  std::vector<Warning> warnings;
  warn_of_bounded_outputs(warnings, generator_.network.plan(), "the data", range);
  warn_of_discriminator(warnings, adversary_);
  return warnings;
}

EIGENERATE_INSTANTIATE_CLASS(Players)

}  // namespace eigenerate
