#pragma once

#include "eigenerate/models/gan.hpp"

namespace eigenerate {

template <Scalar S>
Gan<S>::Gan(AnyLayer<S> generator, AnyLayer<S> discriminator, GanOptions options)
    : options_(validated(options)),
      generator_(make_generator(std::move(generator), options_),
                 {options_.generator_optimizer, options_.ema_decay}),
      adversary_(make_discriminator(std::move(discriminator), sample_shape(), options_),
                 {options_.discriminator_optimizer}, options_.loss.template in<S>(), terms_of(options_)),
      latent_(generator_.network.input_shape().size()) {
  if (!generator_.network.input_shape().is_vector())
    fail<ShapeError>("Gan: the generator must take a latent vector, got an input of shape {}",
                     to_string(generator_.network.input_shape()));
  if (adversary_.network().output_shape().channels != 1)
    fail<ShapeError>("Gan: the discriminator must end in one logit, got an output of shape {}",
                     to_string(adversary_.network().output_shape()));
}

template <Scalar S>
void Gan<S>::prepare(Index max_part, Index max_batch) {
  if (!memory_ || memory_->max_part < max_part || memory_->max_batch < max_batch)
    memory_.emplace(*this, max_part, max_batch);
  adversary_.prepare(max_part);
}

template <Scalar S>
StepMetrics Gan<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = prepared(batch, parts.largest());
  const bool generator_turn =
      (context.step + 1) % static_cast<std::uint64_t>(options_.discriminator_steps) == 0;
  const auto learners = this->learners();
  // The generator may yet fail, after the discriminator has learned.
  StepTransaction<S> step(m.undo, learners,
                          context.undoable && generator_turn ? UndoScope::everything : UndoScope::buffers);
  const RandomStream dropout = context.stream(Purpose::dropout);
  const ConstView<S> z = latent_batch(m, batch, context.stream(Purpose::latent));
  const auto generate = [&](const BatchPart<S>& part, Buffers buffers) {
    return generator_.network.forward(
        {.x = ConstView<S>(z.data() + latent_ * part.first, latent_, part.batch.size()),
         .condition = m.condition(part.batch.labels),
         .mode = Mode::train,
         .buffers = buffers,
         .random = part.stream(dropout).lane(0),
         .progress = context.progress},
        m.generator);
  };

  StepMetrics metrics;
  metrics.set("loss", 0, 0);
  double discriminator_loss = 0;
  std::fill(m.term_sums.begin(), m.term_sums.end(), 0.0);
  std::optional<ConstView<S>> fake;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    // Only a generator that is about to learn may update its batch statistics.
    fake.emplace(generate(part, generator_turn ? Buffers::update : Buffers::keep));
    discriminator_loss += part.share * adversary_.learn(round(m, part, *fake, context), m.term_values);
    for (std::size_t t = 0; t < m.term_sums.size(); ++t) m.term_sums[t] += part.share * m.term_values[t];
    part.scale(adversary_.learner().gradients);
  }
  for (std::size_t t = 0; t < m.term_sums.size(); ++t) {
    const auto& term = adversary_.terms()[t];
    if (!term.acts(context.step)) continue;
    discriminator_loss += m.term_sums[t];
    metrics.set(term.figure(), m.term_sums[t]);
  }
  update<S>(context, options_.clipping, discriminator_loss, std::span(learners).last(1));
  metrics.set("discriminator_loss", discriminator_loss);
  if (!generator_turn) {
    step.commit();
    return metrics;
  }

  double generator_loss = 0;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    // The generator's workspace holds the last part alone: the same samples again, for the discriminator
    // that has learned.
    if (parts.size() > 1) fake.emplace(generate(part, Buffers::keep));
    const auto fooled = adversary_.fool(round(m, part, *fake, context));
    generator_.network.backward(fooled.d_fake, m.generator, {.parameters = &generator_.gradients});
    generator_loss += part.share * fooled.value;
    part.scale(generator_.gradients);
  }
  update<S>(context, options_.clipping, generator_loss, std::span(learners).first(1));
  step.commit();
  metrics.set("generator_loss", generator_loss);
  metrics.set("loss", discriminator_loss + generator_loss);
  return metrics;
}

template <Scalar S>
StepMetrics Gan<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = prepared(batch);
  const ConstView<S> condition = m.condition(batch.labels);
  const ConstView<S> z = latent_batch(m, batch, context.stream(Purpose::evaluation));
  const ConstView<S> fake = generator_.network.forward({.x = z, .condition = condition}, m.generator);
  const auto [real_logits, fake_logits] = adversary_.score(batch.samples, fake, condition);
  const double discriminator_loss = adversary_.loss().discriminator(real_logits, fake_logits),
               generator_loss = adversary_.loss().generator(fake_logits, real_logits);
  StepMetrics metrics;
  metrics.set("loss", discriminator_loss + generator_loss);
  metrics.set("discriminator_loss", discriminator_loss);
  metrics.set("generator_loss", generator_loss);
  return metrics;
}

template <Scalar S>
std::vector<Warning> Gan<S>::health(const Batch<S>& batch, const StepContext& context) {
  prepare(batch.size());
  Memory& m = prepared(batch);
  if (batch.size() < 2) return {};
  const ConstView<S> condition = m.condition(batch.labels);
  const ConstView<S> z = latent_batch(m, batch, context.stream(Purpose::evaluation));
  const ConstView<S> fake = generator_.network.forward({.x = z, .condition = condition}, m.generator);
  const auto spread = [](ConstView<S> x) {
    const auto variances = row_variances(x);
    return std::accumulate(variances.begin(), variances.end(), 0.0);
  };
  std::vector<Warning> warnings;
  if (const double ratio = spread(fake) / spread(batch.samples); ratio < 0.1)
    warnings.push_back(
        {WarningKind::mode_collapse,
         fmt::format("mode collapse: generated samples vary {:.2g} times as much as the data do", ratio)});
  if (adversary_.loss().takes_scores()) return warnings;
  const auto [real_logits, fake_logits] = adversary_.score(batch.samples, fake, condition);
  const double surprise = bce_with_logits(real_logits, 1.0) + bce_with_logits(fake_logits, 0.0);
  if (surprise < 0.02)
    warnings.push_back({WarningKind::discriminator_saturation,
                        "discriminator saturation: it tells real from generated samples without doubt, so "
                        "the generator learns little; lower its learning rate or regularise it"});
  return warnings;
}

template <Scalar S>
std::vector<Warning> Gan<S>::setup_warnings(const Batch<S>&, const ValueRange& range) const {
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
std::vector<MetricName> Gan<S>::figures() const {
  std::vector<MetricName> names{"loss", "discriminator_loss", "generator_loss"};
  for (const auto& term : adversary_.terms()) names.push_back(term.figure());
  return names;
}

template <Scalar S>
Network<S> Gan<S>::make_generator(AnyLayer<S> layer, const GanOptions& o) {
  std::optional<Shape> latent;
  if (o.latent > 0) latent = Shape{o.latent};
  return Conditioning{o.classes}.network(std::move(layer), latent,
                                         {"generator", o.initializer, o.seed, o.precision});
}

template <Scalar S>
Network<S> Gan<S>::make_discriminator(AnyLayer<S> layer, const Shape& sample, const GanOptions& o) {
  // Another seed than the generator's: equal shapes must not start with equal weights.
  return Conditioning{o.classes}.network<S>(std::move(layer), sample,
                                            {"discriminator", o.initializer, ~o.seed, o.precision});
}

template <Scalar S>
typename Gan<S>::Memory& Gan<S>::prepared(const Batch<S>& batch, Index part) {
  generator_.network.plan();  // a model that was moved from has none
  conditioning().require(batch, sample_shape(), "Gan");
  if (!memory_ || memory_->max_batch < batch.size() || memory_->max_part < part)
    fail<StateError>("Gan: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

template <Scalar S>
std::vector<AnyAdversaryTerm<S>> Gan<S>::terms_of(const GanOptions& o) {
  std::vector<AnyAdversaryTerm<S>> terms;
  if (o.gradient_penalty) terms.push_back(*o.gradient_penalty);
  for (const auto& term : o.terms) terms.push_back(term.template in<S>());
  return terms;
}

template <Scalar S>
AdversaryRound<S> Gan<S>::round(Memory& m, const BatchPart<S>& part, ConstView<S> fake,
                                const StepContext& context) const {
  return {.real = part.batch.samples,
          .fake = fake,
          .condition = m.condition(part.batch.labels),
          .random = part.stream(context.stream(Purpose::penalty)),
          .dropout = part.stream(context.stream(Purpose::dropout)),
          .progress = context.progress,
          .step = context.step};
}

template <Scalar S>
ConstView<S> Gan<S>::latent_batch(Memory& m, const Batch<S>& batch, const RandomStream& random) const {
  const View<S> z(m.z.data(), latent_, batch.size());
  fill_normal(m.z.data(), z.size(), random);
  return z;
}

EIGENERATE_INSTANTIATE_CLASS(Gan)

}  // namespace eigenerate
