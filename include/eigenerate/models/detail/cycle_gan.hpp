#pragma once

#include "eigenerate/models/cycle_gan.hpp"

namespace eigenerate {

template <Scalar S>
CycleGan<S>::Memory::Memory(const CycleGan& model, Index part) : max_part(part) {
  for (std::size_t d = 0; d < 2; ++d) {
    const Network<S>& generator = model.directions_[d].generator.network;
    made.push_back(generator.make_workspace(part));
    again.push_back(generator.make_workspace(part));
    d_made[d] = Vector<S>(generator.output_shape().size() * part);
    d_again[d] = Vector<S>(generator.output_shape().size() * part);
  }
}

template <Scalar S>
void CycleGan<S>::prepare(Index max_part, Index) {
  if (!memory_ || memory_->max_part < max_part) memory_.emplace(*this, max_part);
  for (Direction& d : directions_) d.adversary.prepare(max_part);
}

template <Scalar S>
StepMetrics CycleGan<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const std::array parts{BatchParts<S>(batch_of(0, batch), context.part_size),
                         BatchParts<S>(batch_of(1, batch), context.part_size)};
  Memory& m = prepared(batch, parts[0].largest());
  const auto learners = this->learners();
  // The generators may yet fail, after the discriminators have learned.
  StepTransaction<S> step(m.undo, learners, context.undoable ? UndoScope::everything : UndoScope::buffers);
  const std::array contexts{context_of(0, context), context_of(1, context)};
  std::array<std::optional<ConstView<S>>, 2> fakes;

  std::array<StepMetrics, 2> games;
  double discriminator_loss = 0;
  for (std::size_t d = 0; d < 2; ++d)
    discriminator_loss += adversary_step(directions_[d].adversary, parts[d], contexts[d], options_.clipping,
                                         games[d], [&](const BatchPart<S>& part) {
                                           fakes[d].emplace(translate(d, part, contexts[d], Buffers::update));
                                           return adversary_round(part, contexts[d], *fakes[d], {});
                                         });

  const Learners<S> generators = std::span(learners).first(2);
  double generator_loss = 0, cycle = 0, identity = 0;
  std::array terms{TermShares<S>(directions_[0].adversary, &AnyAdversaryTerm<S>::fool_figure),
                   TermShares<S>(directions_[1].adversary, &AnyAdversaryTerm<S>::fool_figure)};
  for_each_part(
      parts[0], generators,
      [&](const BatchPart<S>& part) {
        for (std::size_t d = 0; d < 2; ++d)
          fakes[d].emplace(translate(d, parts[d][part.number], contexts[d], Buffers::keep));
      },
      [&](const BatchPart<S>& part) {
        for (std::size_t d = 0; d < 2; ++d) {
          const Learned learned = learn(d, parts[d][part.number], contexts[d], *fakes[d], terms[d].of_part());
          terms[d].add_part(part.share);
          generator_loss += part.share * loss_of(learned);
          cycle += part.share * learned.cycle;
          identity += part.share * learned.identity;
        }
      });
  update<S>(context, options_.clipping, generator_loss, generators);
  step.commit();

  StepMetrics metrics;
  metrics.set("loss", discriminator_loss + generator_loss);
  metrics.set("discriminator_loss", discriminator_loss);
  metrics.set("generator_loss", generator_loss);
  metrics.set("cycle", cycle);
  if (options_.identity_weight > 0) metrics.set("identity", identity);
  for (std::size_t d = 0; d < 2; ++d) {
    double sum = 0;  // parts of the losses that are known already
    terms[d].report(contexts[d], games[d], sum);
    for (const auto& figure : games[d])
      if (figure.name.view() != "discriminator_loss")
        metrics.set(figure.name.view(),
                    figure.value + (metrics.contains(figure.name.view()) ? metrics[figure.name.view()] : 0));
  }
  return metrics;
}

template <Scalar S>
typename CycleGan<S>::Learned CycleGan<S>::learn(std::size_t direction, const BatchPart<S>& part,
                                                 const StepContext& context, ConstView<S> fake,
                                                 std::span<double> terms) {
  // Beyond those of a translation and of a discriminator's passes.
  constexpr std::uint64_t of_cycle = std::uint64_t{1} << 20, of_identity = of_cycle + 1;
  auto& [generator, adversary] = directions_[direction];
  const RandomStream noise = part.stream(context.stream(Purpose::dropout));
  const ConstView<S> x = part.batch.condition, y = part.batch.samples;
  const auto fooled = adversary.fool(adversary_round(part, context, fake, {}), terms);
  View<S> d_fake(memory_->d_made[direction].data(), fake.rows(), fake.cols());
  d_fake = fooled.d_fake;

  Learned learned{.game = fooled.value};
  const double weight = options_.cycle_weight;
  const auto [cycle, d_cycle] =
      come_close(1 - direction, fake, x, weight, noise.lane(of_cycle), context.progress, true);
  learned.cycle = cycle;
  d_fake += d_cycle;
  generator.network.backward(d_fake, memory_->made[direction], {.parameters = &generator.gradients});
  if (options_.identity_weight > 0)
    learned.identity = come_close(direction, y, y, weight * options_.identity_weight, noise.lane(of_identity),
                                  context.progress, false)
                           .first;
  return learned;
}

template <Scalar S>
std::pair<double, ConstView<S>> CycleGan<S>::come_close(std::size_t direction, ConstView<S> x,
                                                        ConstView<S> target, double weight,
                                                        const RandomStream& random, double progress,
                                                        bool wants_dx) {
  Learner<S>& learner = directions_[direction].generator;
  Workspace<S>& workspace = memory_->again[direction];
  const ConstView<S> output = learner.network.forward(
      {.x = x, .mode = Mode::train, .buffers = Buffers::keep, .random = random, .progress = progress},
      workspace);
  View<S> d(memory_->d_again[direction].data(), output.rows(), output.cols());
  const double difference = l1_mean(output, target, d);
  d *= static_cast<S>(weight);
  return {difference,
          learner.network.backward(d, workspace, {.parameters = &learner.gradients, .x = wants_dx}).x};
}

template <Scalar S>
StepMetrics CycleGan<S>::evaluate(const Batch<S>& batch, const StepContext&) {
  Memory& m = prepared(batch, batch.size());
  double discriminator_loss = 0, generator_loss = 0;
  Learned sum;
  for (std::size_t d = 0; d < 2; ++d) {
    const Batch<S> own = batch_of(d, batch);
    Network<S>& there = directions_[d].generator.network;
    Network<S>& back = directions_[1 - d].generator.network;
    Adversary<S>& adversary = directions_[d].adversary;
    const ConstView<S> fake = there.forward({.x = own.condition}, m.made[d]);
    const auto logits = adversary.score(own.samples, fake, {});
    Learned learned{.game = adversary.fooled(logits)};
    discriminator_loss += adversary.loss().discriminator(logits.real, logits.fake);
    learned.cycle = l1_mean(back.forward({.x = fake}, m.again[1 - d]), own.condition);
    if (options_.identity_weight > 0)
      learned.identity = l1_mean(there.forward({.x = own.samples}, m.again[d]), own.samples);
    generator_loss += loss_of(learned);
    sum.cycle += learned.cycle;
    sum.identity += learned.identity;
  }
  StepMetrics metrics;
  metrics.set("loss", discriminator_loss + generator_loss);
  metrics.set("discriminator_loss", discriminator_loss);
  metrics.set("generator_loss", generator_loss);
  metrics.set("cycle", sum.cycle);
  if (options_.identity_weight > 0) metrics.set("identity", sum.identity);
  return metrics;
}

template <Scalar S>
std::vector<Warning> CycleGan<S>::health(const Batch<S>& batch, const StepContext&) {
  prepare(batch.size());
  Memory& m = prepared(batch, batch.size());
  std::vector<Warning> warnings;
  if (batch.size() < 2) return warnings;
  for (std::size_t d = 0; d < 2; ++d) {
    const Batch<S> own = batch_of(d, batch);
    Adversary<S>& adversary = directions_[d].adversary;
    const ConstView<S> fake = directions_[d].generator.network.forward({.x = own.condition}, m.made[d]);
    const std::size_t before = warnings.size();
    warn_of_collapse(warnings, own.samples, fake);
    warn_of_saturation(warnings, adversary, adversary.score(own.samples, fake, {}));
    for (std::size_t i = before; i < warnings.size(); ++i)
      warnings[i].message = adversary.network().name() + ": " + warnings[i].message;
  }
  return warnings;
}

template <Scalar S>
std::vector<Warning> CycleGan<S>::setup_warnings(const Batch<S>& batch, const ValueRange& range) const {
  std::vector<Warning> warnings;
  warn_of_bounded_outputs(warnings, to_target().plan(), "the targets", range);
  if (batch.condition.size() > 0)
    warn_of_bounded_outputs(
        warnings, to_source().plan(), "the sources",
        {static_cast<double>(batch.condition.minCoeff()), static_cast<double>(batch.condition.maxCoeff())});
  for (const Direction& d : directions_) warn_of_discriminator(warnings, d.adversary);
  return warnings;
}

template <Scalar S>
std::vector<MetricName> CycleGan<S>::figures() const {
  std::vector<MetricName> names{"loss", "discriminator_loss", "generator_loss", "cycle"};
  if (options_.identity_weight > 0) names.push_back("identity");
  return with_figures_of_terms(std::move(names), directions_[0].adversary);
}

template <Scalar S>
double CycleGan<S>::loss_of(const Learned& learned) const {
  return learned.game + options_.cycle_weight * (learned.cycle + options_.identity_weight * learned.identity);
}

template <Scalar S>
ConstView<S> CycleGan<S>::translate(std::size_t direction, const BatchPart<S>& part,
                                    const StepContext& context, Buffers buffers) {
  return directions_[direction].generator.network.forward(
      {.x = part.batch.condition,
       .mode = Mode::train,
       .buffers = buffers,
       .random = part.stream(context.stream(Purpose::dropout)).lane(0),
       .progress = context.progress},
      memory_->made[direction]);
}

template <Scalar S>
Batch<S> CycleGan<S>::batch_of(std::size_t direction, const Batch<S>& batch) {
  return direction == 0 ? Batch<S>{batch.samples, {}, batch.condition}
                        : Batch<S>{batch.condition, {}, batch.samples};
}

template <Scalar S>
StepContext CycleGan<S>::context_of(std::size_t direction, const StepContext& context) {
  StepContext own = context;
  if (direction == 1) own.seed = ~context.seed;
  return own;
}

template <Scalar S>
std::array<typename CycleGan<S>::Direction, 2> CycleGan<S>::make_directions(AnyLayer<S> to_target,
                                                                            AnyLayer<S> to_source,
                                                                            AnyLayer<S> target_discriminator,
                                                                            AnyLayer<S> source_discriminator,
                                                                            const Options& o) {
  if (!o.source && !to_target.input_shape())
    fail<ConfigError>(
        "CycleGan: the first layer of to_target takes images of any size; say the sources' shape, as in "
        ".source = Shape{{1, 28, 28}}");
  for (const auto& term : o.terms)
    if (term.plan().classes > 0 || term.plan().code.size() > 0)
      fail<ConfigError>("CycleGan: has no labels and no codes for {} to tell", term.kind());
  // Seeds of their own: equal shapes must not start with equal weights.
  const auto network = [&](AnyLayer<S> layer, const std::optional<Shape>& input, const char* name,
                           std::uint64_t number) {
    return network_under(std::nullopt, std::move(layer), input,
                         {name, o.initializer, o.seed ^ number << 60, o.precision});
  };
  Network<S> there = network(std::move(to_target), o.source, "to_target", 0),
             back = network(std::move(to_source), there.output_shape(), "to_source", 1);
  if (back.output_shape() != there.input_shape())
    fail<ShapeError>("CycleGan: to_source must lead back to sources of shape {}, got {}",
                     to_string(there.input_shape()), to_string(back.output_shape()));
  if (o.identity_weight > 0 && there.input_shape() != there.output_shape())
    fail<ShapeError>("CycleGan: an identity_weight is of sources and targets of one shape, got {} and {}",
                     to_string(there.input_shape()), to_string(there.output_shape()));
  const auto direction = [&](Network<S> generator, AnyLayer<S> discriminator, const char* name,
                             std::uint64_t number) -> Direction {
    Network<S> judge = network(std::move(discriminator), generator.output_shape(), name, number);
    Direction made{{std::move(generator), {o.generator_optimizer, o.ema_decay, o.ema_warm_up}},
                   {std::move(judge), {o.discriminator_optimizer}, o.loss, o.terms, {.history = o.history}}};
    made.adversary.require_outputs("CycleGan");
    return made;
  };
  return {direction(std::move(there), std::move(target_discriminator), "target_discriminator", 2),
          direction(std::move(back), std::move(source_discriminator), "source_discriminator", 3)};
}

template <Scalar S>
typename CycleGan<S>::Memory& CycleGan<S>::prepared(const Batch<S>& batch, Index part) {
  to_target().plan();  // a model that was moved from has none
  require_pairs(batch, source_shape(), sample_shape(), "CycleGan", "data::unpaired(targets, sources)");
  if (!memory_ || memory_->max_part < part)
    fail<StateError>("CycleGan: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

EIGENERATE_INSTANTIATE_CLASS(CycleGan)

}  // namespace eigenerate
