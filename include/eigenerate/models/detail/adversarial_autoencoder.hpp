#pragma once

#include "eigenerate/models/adversarial_autoencoder.hpp"

namespace eigenerate {

template <Scalar S>
AdversarialAutoencoder<S>::AdversarialAutoencoder(AnyLayer<S> encoder, AnyLayer<S> decoder,
                                                  AnyLayer<S> discriminator, Options options)
    : Space(std::move(encoder), std::move(decoder), options.latent, {options.classes},
            Space::parts_of(options, options.likelihood, "AdversarialAutoencoder")),
      options_(std::move(options)),
      adversary_(this->conditioning_.network(std::move(discriminator), Shape{latent_size()},
                                             {"discriminator", options_.initializer,
                                              options_.seed ^ std::uint64_t{1} << 60, options_.precision}),
                 {options_.discriminator_optimizer}, options_.loss, options_.terms) {
  if (parts_.prior_learner())
    fail<ConfigError>(
        "AdversarialAutoencoder: latent vectors are only drawn from the prior, so nothing would train the "
        "parameters of a {}; take a prior without any",
        options_.prior.kind());
  for (const auto& term : adversary_.terms())
    if (term.plan().classes > 0 || term.plan().code.size() > 0)
      fail<ConfigError>(
          "AdversarialAutoencoder: latent vectors drawn from the prior have no classes or codes that a {} could "
          "learn to tell; .classes conditions all three networks on labels",
          term.kind());
  adversary_.require_outputs("AdversarialAutoencoder");
}

template <Scalar S>
void AdversarialAutoencoder<S>::prepare(Index max_part, Index max_batch) {
  if (outgrows(memory_, max_part, max_batch)) memory_.emplace(*this, max_part, max_batch);
  adversary_.prepare(max_part);
}

template <Scalar S>
StepMetrics AdversarialAutoencoder<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = Space::prepared(memory_, batch, parts.largest());
  const auto learners = this->learners();
  // The autoencoder may yet fail, after the discriminator has learned.
  StepTransaction<S> step(m.undo, learners, context.undoable ? UndoScope::everything : UndoScope::buffers);
  const ConstView<S> noise = Space::draw(m, batch.size(), context.stream(Purpose::reparameterization)),
                     drawn = draw_from_prior(m, batch.size(), context.stream(Purpose::latent));
  const auto how = [&](const BatchPart<S>& part, Buffers buffers) {
    return PassInput<S>{.condition = m.condition(part.batch.labels),
                        .mode = Mode::train,
                        .buffers = buffers,
                        .random = part.stream(context.stream(Purpose::dropout)).lane(0),
                        .progress = context.progress};
  };
  std::optional<Latents> codes;
  const auto encode = [&](const BatchPart<S>& part, Buffers buffers) {
    codes.emplace(
        parts_.encode(part.batch.samples, how(part, buffers), Space::columns_of(noise, part), m.latent));
  };
  const auto round = [&](const BatchPart<S>& part) {
    AdversaryRound<S> r = adversary_round(part, context, codes->z, m.condition(part.batch.labels));
    r.real = Space::columns_of(drawn, part);
    return r;
  };

  StepMetrics metrics;
  metrics.set("loss", 0);
  adversary_step(adversary_, parts, context, options_.clipping, metrics, [&](const BatchPart<S>& part) {
    encode(part, Buffers::update);
    return round(part);
  });
  double reconstruction = 0, generator_loss = 0;
  const auto learn = [&](const BatchPart<S>& part, std::span<double> terms) {
    const auto fooled = adversary_.fool(round(part), terms);
    const ConstView<S> parameters =
        Space::explain(parts_, part.batch.samples, codes->z, how(part, Buffers::update), m, true);
    View<S> dz = parts_.decoder_backward(
        ConstView<S>(m.d_parameters.data(), parameters.rows(), parameters.cols()), m.latent);
    dz += static_cast<S>(options_.adversarial_weight) * fooled.d_fake;
    parts_.encoder_backward(*codes, dz, {}, parts_.begin_backward(*codes, m.latent), m.latent);
    reconstruction += part.share * Space::reconstruction_error(m, part.batch.size());
    generator_loss += part.share * fooled.value;
  };
  fooling_step(adversary_, parts, context, of_autoencoder(learners), metrics, encode, learn);
  set_figures(metrics, reconstruction, generator_loss);
  update<S>(context, options_.clipping, metrics["loss"], of_autoencoder(learners));
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics AdversarialAutoencoder<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const PassInput<S> how{.condition = m.condition(batch.labels), .progress = context.progress};
  const Latents codes = encode_for(batch, how, context, m);
  Space::explain(std::as_const(parts_), batch.samples, codes.z, how, m, false);
  const auto logits = score(batch, codes, context, m);
  StepMetrics metrics;
  metrics.set("loss", 0);
  metrics.set("discriminator_loss", adversary_.loss().discriminator(logits.real, logits.fake));
  set_figures(metrics, Space::reconstruction_error(m, batch.size()),
              adversary_.loss().generator(logits.fake, logits.real));
  return metrics;
}

template <Scalar S>
std::vector<Warning> AdversarialAutoencoder<S>::health(const Batch<S>& batch, const StepContext& context) {
  prepare(batch.size());
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const PassInput<S> how{.condition = m.condition(batch.labels), .progress = context.progress};
  std::vector<Warning> warnings;
  if (batch.size() > 1)
    warn_of_saturation(warnings, adversary_, score(batch, encode_for(batch, how, context, m), context, m));
  return warnings;
}

template <Scalar S>
std::vector<Warning> AdversarialAutoencoder<S>::setup_warnings(const Batch<S>& batch,
                                                               const ValueRange& range) {
  prepare(batch.size());
  auto warnings = Space::warnings_of_parts(batch, range, Space::prepared(memory_, batch, batch.size()));
  warn_of_discriminator(warnings, adversary_);
  return warnings;
}

template <Scalar S>
std::vector<MetricName> AdversarialAutoencoder<S>::figures() const {
  return with_figures_of_terms({"loss", "reconstruction", "discriminator_loss", "generator_loss"},
                               adversary_);
}

template <Scalar S>
LearnerList<Learner<S>> AdversarialAutoencoder<S>::learners() {
  auto all = parts_.learners();
  all.add(adversary_.learner());
  return all;
}

template <Scalar S>
LearnerList<const Learner<S>> AdversarialAutoencoder<S>::learners() const {
  auto all = std::as_const(parts_).learners();
  all.add(adversary_.learner());
  return all;
}

template <Scalar S>
ConstView<S> AdversarialAutoencoder<S>::draw_from_prior(Memory& m, Index n,
                                                        const RandomStream& random) const {
  const View<S> z(m.drawn.data(), latent_size(), n);
  parts_.draw_latent(random, z, m.prior);
  return z;
}

template <Scalar S>
typename AdversarialAutoencoder<S>::Latents AdversarialAutoencoder<S>::encode_for(const Batch<S>& batch,
                                                                                  const PassInput<S>& how,
                                                                                  const StepContext& context,
                                                                                  Memory& m) const {
  return parts_.encode(batch.samples, how, Space::draw(m, batch.size(), context.stream(Purpose::evaluation)),
                       m.latent);
}

template <Scalar S>
typename Adversary<S>::Scores AdversarialAutoencoder<S>::score(const Batch<S>& batch, const Latents& codes,
                                                               const StepContext& context, Memory& m) {
  const RandomStream random = context.stream(Purpose::evaluation).lane(1);
  return adversary_.score(draw_from_prior(m, batch.size(), random), codes.z, m.condition(batch.labels));
}

template <Scalar S>
void AdversarialAutoencoder<S>::set_figures(StepMetrics& metrics, double reconstruction,
                                            double generator_loss) const {
  metrics.set("reconstruction", reconstruction);
  metrics.set("generator_loss", generator_loss);
  metrics.set("loss", reconstruction + options_.adversarial_weight * generator_loss);
}

EIGENERATE_INSTANTIATE_CLASS(AdversarialAutoencoder)

}  // namespace eigenerate
