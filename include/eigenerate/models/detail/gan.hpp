#pragma once

#include "eigenerate/models/gan.hpp"

namespace eigenerate {

template <Scalar S>
Gan<S>::Gan(AnyLayer<S> generator, AnyLayer<S> discriminator, Options options)
    : options_(validated(options)),
      players_(make_players(std::move(generator), std::move(discriminator), options_)),
      latent_(this->generator().input_shape().size()),
      code_(code_of_terms(options_.terms, "Gan")) {
  if (!this->generator().input_shape().is_vector())
    fail<ShapeError>("Gan: the generator must take a latent vector, got an input of shape {}",
                     to_string(this->generator().input_shape()));
  if (latent_ < code_.size())
    fail<ConfigError>("Gan: latent vectors of {} values have no room for a code of {}", latent_,
                      code_.size());
}

template <Scalar S>
void Gan<S>::prepare(Index max_part, Index max_batch) {
  players_.prepare(max_part);  // first: it knows the networks that are too large by name
  if (outgrows(memory_, max_part, max_batch)) memory_.emplace(*this, max_part, max_batch);
}

template <Scalar S>
StepMetrics Gan<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = prepared(batch, parts.largest());
  fill_latent(m, batch, context.stream(Purpose::latent));
  return players_.train_step(
      parts, context, [&](const BatchPart<S>& part) { return input(m, part.batch, part.first); },
      [](const BatchPart<S>&, ConstView<S>, const auto& fooled) { return fooled; });
}

template <Scalar S>
StepMetrics Gan<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = prepared(batch, batch.size());
  fill_latent(m, batch, context.stream(Purpose::evaluation));
  const GeneratorInput<S> made_from = input(m, batch);
  return players_.evaluate(batch.samples, players_.generate(made_from), made_from.judged_under);
}

template <Scalar S>
std::vector<Warning> Gan<S>::health(const Batch<S>& batch, const StepContext& context) {
  prepare(batch.size());
  Memory& m = prepared(batch, batch.size());
  fill_latent(m, batch, context.stream(Purpose::evaluation));
  const GeneratorInput<S> made_from = input(m, batch);
  return players_.health(batch.samples, players_.generate(made_from), made_from.judged_under);
}

template <Scalar S>
Inversion<S> Gan<S>::invert(ConstView<S> x, std::span<const int> labels,
                            const InversionOptions& options) const {
  conditioning().require(x, labels, sample_shape(), "Gan");
  LabelCondition<S> condition(conditioning(), x.cols());
  return eigenerate::invert(generator(), x, condition(labels), options);
}

template <Scalar S>
void Gan<S>::refresh_statistics(Index batches, Index batch_size, Seed seed) {
  Workspace<S> workspace = generator().make_workspace(batch_size);
  LabelCondition<S> condition(conditioning(), batch_size);
  Matrix<S> z(latent_, batch_size);
  std::vector<int> labels(classes() > 0 ? static_cast<std::size_t>(batch_size) : 0);
  for (std::size_t i = 0; i < labels.size(); ++i)
    labels[i] = static_cast<int>(i % static_cast<std::size_t>(classes()));
  const RandomStream random{seed.value, Purpose::sampling};
  eigenerate::refresh_statistics(generator(), batches, workspace, [&](Index i) -> PassInput<S> {
    const RandomStream of_batch = random.lane(static_cast<std::uint64_t>(i));
    draw_latent(of_batch, as_view(z));
    return {.x = z, .condition = condition(labels), .random = of_batch.lane(0)};
  });
}

template <Scalar S>
Matrix<S> Gan<S>::discriminate(ConstView<S> x, std::span<const int> labels) const {
  const Index k = options_.packing;
  if (x.cols() % k != 0)
    fail<ShapeError>("{}: judges packs of {} samples, got {}", discriminator().name(), k, x.cols());
  return judging().predict(discriminator(), ConstView<S>(x.data(), x.rows() * k, x.cols() / k), labels);
}

template <Scalar S>
typename Gan<S>::Memory& Gan<S>::prepared(const Batch<S>& batch, Index part) {
  generator().plan();  // a model that was moved from has none
  conditioning().require(batch, sample_shape(), "Gan");
  if (!memory_ || memory_->max_batch < batch.size() || memory_->max_part < part)
    fail<StateError>("Gan: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

template <Scalar S>
typename Gan<S>::Options Gan<S>::validated(Options options) {
  options.validate();
  return options;
}

template <Scalar S>
Players<S> Gan<S>::make_players(AnyLayer<S> generator, AnyLayer<S> discriminator, const Options& o) {
  const Conditioning conditioning{o.classes};
  std::optional<Shape> latent;
  if (o.latent > 0) latent = Shape{o.latent};
  Network<S> maker =
      conditioning.network(std::move(generator), latent, {"generator", o.initializer, o.seed, o.precision});
  std::vector<AnyAdversaryTerm<S>> terms = o.terms;
  if (o.gradient_penalty) terms.insert(terms.begin(), *o.gradient_penalty);
  // Another seed than the generator's: equal shapes must not start with equal weights.
  Shape judged = maker.output_shape();
  judged.height = capped_product(judged.height, o.packing);
  Network<S> judge = discriminator_conditioning(conditioning, terms, "Gan")
                         .template network<S>(for_packs(std::move(discriminator), o.packing), judged,
                                              {"discriminator", o.initializer, ~o.seed, o.precision});
  return {"Gan",
          {std::move(maker), {o.generator_optimizer, o.ema_decay, o.ema_warm_up}},
          {std::move(judge),
           {.optimizer = o.discriminator_optimizer, .weight_limit = o.weight_limit},
           o.loss,
           std::move(terms),
           {.packing = o.packing, .history = o.history}},
          o.clipping,
          o.discriminator_steps};
}

template <Scalar S>
GeneratorInput<S> Gan<S>::input(Memory& m, const Batch<S>& batch, Index first) const {
  const ConstView<S> condition = m.condition(batch.labels),
                     z(m.z.data() + latent_ * first, latent_, batch.size());
  return {.x = z,
          .condition = condition,
          .judged_under = judging().classes > 0 ? condition : ConstView<S>(),
          .latent = z};
}

EIGENERATE_INSTANTIATE_CLASS(Gan)

}  // namespace eigenerate
