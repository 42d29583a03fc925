#pragma once

#include "eigenerate/losses/mse.hpp"
#include "eigenerate/models/bigan.hpp"

namespace eigenerate {

template <Scalar S>
Bigan<S>::Bigan(AnyLayer<S> encoder, AnyLayer<S> generator, AnyLayer<S> discriminator, Options options)
    : Space(std::move(encoder), std::move(generator), options.latent, {options.classes},
            Space::parts_of(options, UnitNormal{}, "Bigan")),
      options_(std::move(options)),
      adversary_(discriminator_conditioning(conditioning_, options_.terms, "Bigan")
                     .template network<S>(std::move(discriminator), Shape{pair_size()},
                                          {"discriminator", options_.initializer,
                                           options_.seed ^ std::uint64_t{1} << 60, options_.precision}),
                 {options_.discriminator_optimizer}, options_.loss, options_.terms) {
  if (parts_.prior_learner())
    fail<ConfigError>(
        "Bigan: latent vectors are only drawn from the prior, so nothing would train the parameters of a {}; take "
        "a prior without any",
        options_.prior.kind());
  for (const auto& term : adversary_.terms())
    if (term.plan().code.size() > 0)
      fail<ConfigError>(
          "Bigan: the encoder tells every sample's latent vector, and its pairs have no code that "
          "a {} could tell",
          term.kind());
  adversary_.require_outputs("Bigan");
}

template <Scalar S>
void Bigan<S>::prepare(Index max_part, Index max_batch) {
  if (outgrows(memory_, max_part, max_batch)) memory_.emplace(*this, max_part, max_batch);
  adversary_.prepare(max_part);
}

template <Scalar S>
StepMetrics Bigan<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = Space::prepared(memory_, batch, parts.largest());
  const auto learners = this->learners();
  // Encoder or generator may yet fail, after the discriminator has learned.
  StepTransaction<S> step(m.undo, learners, context.undoable ? UndoScope::everything : UndoScope::buffers);
  const ConstView<S> noise = Space::draw(m, batch.size(), context.stream(Purpose::reparameterization)),
                     drawn = draw_from_prior(m, batch.size(), context.stream(Purpose::latent));
  std::optional<Pairs> pairs;
  const auto make_pairs = [&](const BatchPart<S>& part, Buffers buffers) {
    const PassInput<S> how{.condition = m.condition(part.batch.labels),
                           .mode = Mode::train,
                           .buffers = buffers,
                           .random = part.stream(context.stream(Purpose::dropout)).lane(0),
                           .progress = context.progress};
    pairs.emplace(
        meet(parts_, part.batch, Space::columns_of(noise, part), Space::columns_of(drawn, part), how, m));
  };
  const auto round = [&](const BatchPart<S>& part) {
    AdversaryRound<S> r =
        adversary_round(part, context, pairs->of_generator, seen_by_discriminator(m, part.batch.labels));
    r.real = pairs->of_encoder;
    return r;
  };

  StepMetrics metrics;
  metrics.set("loss", 0);
  const double discriminator_loss =
      adversary_step(adversary_, parts, context, options_.clipping, metrics, [&](const BatchPart<S>& part) {
        make_pairs(part, Buffers::update);
        return round(part);
      });
  double generator_loss = 0, encoder_loss = 0;
  const auto learn = [&](const BatchPart<S>& part, std::span<double> terms) {
    const Index n = part.batch.size();
    {
      const auto fooled = adversary_.fool(round(part), terms);
      View<S> dx(m.d_parameters.data(), sample_shape().size(), n);
      dx = fooled.d_fake.topRows(dx.rows());
      parts_.decoder_backward(as_const(dx), m.latent, true, false);
      generator_loss += part.share * fooled.value;
    }
    const auto fooled = adversary_.fool(round(part), {}, {.maker = Maker::of_real});
    View<S> dz(m.dz.data(), latent_size(), n);
    dz = fooled.d_fake.bottomRows(dz.rows());
    parts_.encoder_backward(pairs->codes, as_const(dz), {}, parts_.begin_backward(pairs->codes, m.latent),
                            m.latent);
    encoder_loss += part.share * fooled.value;
  };
  fooling_step(adversary_, parts, context, of_both(learners), metrics, make_pairs, learn);
  metrics.set("generator_loss", generator_loss);
  metrics.set("encoder_loss", encoder_loss);
  metrics.set("loss", discriminator_loss + generator_loss + encoder_loss);
  update<S>(context, options_.clipping, generator_loss + encoder_loss, of_both(learners));
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics Bigan<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const Pairs pairs = meet_for_evaluation(batch, context, m);
  const auto logits =
      adversary_.score(pairs.of_encoder, pairs.of_generator, seen_by_discriminator(m, batch.labels));
  StepMetrics metrics;
  metrics.set("loss", 0);
  metrics.set("discriminator_loss", adversary_.loss().discriminator(logits.real, logits.fake));
  metrics.set("generator_loss", adversary_.fooled(logits));
  metrics.set("encoder_loss", adversary_.fooled(logits, Maker::of_real));
  metrics.set("loss", metrics["discriminator_loss"] + metrics["generator_loss"] + metrics["encoder_loss"]);
  const PassInput<S> how{.condition = m.condition(batch.labels), .progress = context.progress};
  metrics.set("reconstruction",
              mse(std::as_const(parts_).decode(pairs.codes.z, how, m.latent), batch.samples));
  return metrics;
}

template <Scalar S>
std::vector<Warning> Bigan<S>::health(const Batch<S>& batch, const StepContext& context) {
  prepare(batch.size());
  std::vector<Warning> warnings;
  if (batch.size() < 2) return warnings;
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const Pairs pairs = meet_for_evaluation(batch, context, m);
  View<S> generated(m.d_parameters.data(), sample_shape().size(), batch.size());
  generated = pairs.of_generator.topRows(generated.rows());
  warn_of_collapse(warnings, batch.samples, as_const(generated));
  warn_of_saturation(
      warnings, adversary_,
      adversary_.score(pairs.of_encoder, pairs.of_generator, seen_by_discriminator(m, batch.labels)));
  return warnings;
}

template <Scalar S>
std::vector<Warning> Bigan<S>::setup_warnings(const Batch<S>& batch, const ValueRange& range) {
  prepare(batch.size());
  auto warnings = Space::warnings_of_parts(batch, range, Space::prepared(memory_, batch, batch.size()));
  warn_of_discriminator(warnings, adversary_);
  return warnings;
}

template <Scalar S>
std::vector<MetricName> Bigan<S>::figures() const {
  auto names =
      with_figures_of_terms({"loss", "discriminator_loss", "generator_loss", "encoder_loss"}, adversary_);
  names.push_back("reconstruction");
  return names;
}

template <Scalar S>
LearnerList<Learner<S>> Bigan<S>::learners() {
  auto all = parts_.learners();
  all.add(adversary_.learner());
  return all;
}

template <Scalar S>
LearnerList<const Learner<S>> Bigan<S>::learners() const {
  auto all = std::as_const(parts_).learners();
  all.add(adversary_.learner());
  return all;
}

template <Scalar S>
Matrix<S> Bigan<S>::discriminate(ConstView<S> x, ConstView<S> z, std::span<const int> labels) const {
  if (x.rows() != sample_shape().size() || z.rows() != latent_size() || x.cols() != z.cols())
    fail<ShapeError>(
        "Bigan: expected samples of {} values and as many latent vectors of {}, got {} × {} and {} × {}",
        sample_shape().size(), latent_size(), x.rows(), x.cols(), z.rows(), z.cols());
  Vector<S> memory(pair_size() * x.cols());
  return judging().predict(discriminator(), pair(x, z, memory), labels);
}

template <Scalar S>
ConstView<S> Bigan<S>::draw_from_prior(Memory& m, Index n, const RandomStream& random) const {
  const View<S> z(m.drawn.data(), latent_size(), n);
  parts_.draw_latent(random, z, m.prior);
  return z;
}

template <Scalar S>
ConstView<S> Bigan<S>::pair(ConstView<S> x, ConstView<S> z, Vector<S>& memory) {
  View<S> both(memory.data(), x.rows() + z.rows(), x.cols());
  both.topRows(x.rows()) = x;
  both.bottomRows(z.rows()) = z;
  return both;
}

template <Scalar S>
template <class Parts>
typename Bigan<S>::Pairs Bigan<S>::meet(Parts& parts, const Batch<S>& batch, ConstView<S> noise,
                                        ConstView<S> drawn, const PassInput<S>& how, Memory& m) const {
  const Latents codes = parts.encode(batch.samples, how, noise, m.latent);
  return {codes, pair(batch.samples, codes.z, m.of_encoder),
          pair(parts.decode(drawn, how, m.latent), drawn, m.of_generator)};
}

template <Scalar S>
typename Bigan<S>::Pairs Bigan<S>::meet_for_evaluation(const Batch<S>& batch, const StepContext& context,
                                                       Memory& m) const {
  const RandomStream random = context.stream(Purpose::evaluation);
  const PassInput<S> how{.condition = m.condition(batch.labels), .progress = context.progress};
  return meet(parts_, batch, Space::draw(m, batch.size(), random),
              draw_from_prior(m, batch.size(), random.lane(1)), how, m);
}

EIGENERATE_INSTANTIATE_CLASS(Bigan)

}  // namespace eigenerate
