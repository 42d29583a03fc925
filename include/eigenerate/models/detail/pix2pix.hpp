#pragma once

#include "eigenerate/models/pix2pix.hpp"

namespace eigenerate {

template <Scalar S>
void Pix2Pix<S>::prepare(Index max_part, Index) {
  players_.prepare(max_part);
  if (d_sample_.size() < sample_shape().size() * max_part)
    d_sample_ = Vector<S>(sample_shape().size() * max_part);
}

template <Scalar S>
StepMetrics Pix2Pix<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  require(batch, parts.largest());
  double l1 = 0;
  using Fooled = typename Players<S>::Fooled;
  const auto and_come_close = [&](const BatchPart<S>& part, ConstView<S> fake,
                                  const Fooled& fooled) -> Fooled {
    View<S> d(d_sample_.data(), fake.rows(), fake.cols());
    const double difference = l1_mean(fake, part.batch.samples, d);
    l1 += part.share * difference;
    const S weight = static_cast<S>(options_.l1_weight);
    kernels::map(
        d.data(), d.size(), [weight](S of_game, S of_l1) { return of_game + weight * of_l1; },
        fooled.d_fake.data(), as_const(d).data());
    return {fooled.value + options_.l1_weight * difference, d};
  };
  StepMetrics metrics = players_.train_step(
      parts, context, [](const BatchPart<S>& part) { return input(part.batch); }, and_come_close);
  metrics.set("l1", l1);
  return metrics;
}

template <Scalar S>
StepMetrics Pix2Pix<S>::evaluate(const Batch<S>& batch, const StepContext&) {
  require(batch, batch.size());
  const ConstView<S> fake = players_.generate(input(batch));
  StepMetrics metrics = players_.evaluate(batch.samples, fake, batch.condition);
  const double l1 = l1_mean(fake, batch.samples);
  metrics.set("generator_loss", metrics["generator_loss"] + options_.l1_weight * l1);
  metrics.set("loss", metrics["discriminator_loss"] + metrics["generator_loss"]);
  metrics.set("l1", l1);
  return metrics;
}

template <Scalar S>
std::vector<Warning> Pix2Pix<S>::health(const Batch<S>& batch, const StepContext&) {
  prepare(batch.size());
  require(batch, batch.size());
  return players_.health(batch.samples, players_.generate(input(batch)), batch.condition);
}

template <Scalar S>
std::vector<MetricName> Pix2Pix<S>::figures() const {
  std::vector<MetricName> names = players_.figures();
  names.push_back("l1");
  return names;
}

template <Scalar S>
typename Pix2Pix<S>::Options Pix2Pix<S>::validated(Options options) {
  options.validate();
  return options;
}

template <Scalar S>
Players<S> Pix2Pix<S>::make_players(AnyLayer<S> generator, AnyLayer<S> discriminator, const Options& o) {
  if (!o.source && !generator.input_shape())
    fail<ConfigError>(
        "Pix2Pix: the generator's first layer takes images of any size; say the conditions' shape, as in "
        ".source = Shape{{1, 28, 28}}");
  Network<S> maker = network_under(std::nullopt, std::move(generator), o.source,
                                   {"generator", o.initializer, o.seed, o.precision});
  // Another seed than the generator's: equal shapes must not start with equal weights.
  Network<S> judge = network_under(std::optional(maker.input_shape()), std::move(discriminator),
                                   std::optional(maker.output_shape()),
                                   {"discriminator", o.initializer, ~o.seed, o.precision});
  return {"Pix2Pix",
          {std::move(maker), {o.generator_optimizer, o.ema_decay, o.ema_warm_up}},
          {std::move(judge), {o.discriminator_optimizer}, o.loss, o.terms},
          o.clipping};
}

template <Scalar S>
void Pix2Pix<S>::require(const Batch<S>& batch, Index part) const {
  generator().plan();  // a model that was moved from has none
  require_pairs(batch, source_shape(), sample_shape(), "Pix2Pix", "targets.with_conditions(sources)");
  if (!players_.prepared_for(part))
    fail<StateError>("Pix2Pix: call prepare({}) before a step with that many samples", batch.size());
}

EIGENERATE_INSTANTIATE_CLASS(Pix2Pix)

}  // namespace eigenerate
