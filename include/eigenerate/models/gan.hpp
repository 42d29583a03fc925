#pragma once

#include <array>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/losses/bce_with_logits.hpp"
#include "eigenerate/metrics/row_variances.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/gan_options.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// Generative adversarial network: a generator z → x against an `Adversary`, a discriminator x → logits (a
/// critic for Wasserstein) with its loss and its terms.
///
/// One `train_step` is one discriminator step on its batch and as many generated samples (one pass each, so
/// batch statistics never mix real and generated), and at every `discriminator_steps`-th step a generator
/// step on the same generated samples. A player's step leaves the other one's parameters, moments and buffers
/// as they were.
///
/// **Shapes** samples features × n, latent vectors latent × n; the generator's input fixes the latent size,
/// its output the sample shape. With `classes`, both networks see one channel more per class (see
/// `Conditioning`).
/// The discriminator ends in one logit, or in a map of them, one for every patch of an image.
///
/// **Errors** `ShapeError` or `ConfigError` while building; a layer of the discriminator that a penalty
/// cannot pass is refused by name.
/// **Source** Goodfellow et al. 2014, algorithm 1; Gulrajani et al. 2017, algorithm 1 (gradient penalty).
template <Scalar S = float>
class Gan : public LatentSampler<Gan<S>, S> {
 public:
  using scalar_type = S;

  Gan(AnyLayer<S> generator, AnyLayer<S> discriminator, GanOptions options = {})
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

  const GanOptions& options() const { return options_; }
  Index latent_size() const { return latent_; }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return generator_.network.output_shape(); }
  /// The interval that generated samples cannot leave, where the generator's last layer bounds them.
  std::optional<ValueRange> sample_range() const { return generator_.network.plan().output_range; }
  Network<S>& generator() { return generator_.network; }
  const Network<S>& generator() const { return generator_.network; }
  Network<S>& discriminator() { return adversary_.network(); }
  const Network<S>& discriminator() const { return adversary_.network(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch) {
    if (!memory_ || memory_->max_part < max_part || memory_->max_batch < max_batch)
      memory_.emplace(*this, max_part, max_batch);
    adversary_.prepare(max_part);
  }

  /// `loss` (discriminator_loss + generator_loss), `discriminator_loss` (real and generated parts),
  /// `generator_loss` in steps that train the generator, and the figure of every term (part of
  /// discriminator_loss) in steps in which it acts.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
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

  /// The losses of both players on held-out samples, without penalty and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context) {
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

  /// Warns of mode collapse, where generated samples vary less than a tenth as much as the batch does, and of
  /// a saturated discriminator, which is right about 99 of 100 samples and sure of it (both terms of its
  /// cross-entropy together below 0.02 nats; not asked of a critic, whose outputs are scores).
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context) {
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

  /// Warns of a discriminator that ends in an activation where logits are expected, of a generator whose last
  /// layer keeps it from values of the data, and of a Wasserstein critic without gradient penalty.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const {
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

  std::vector<MetricName> figures() const {
    std::vector<MetricName> names{"loss", "discriminator_loss", "generator_loss"};
    for (const auto& term : adversary_.terms()) names.push_back(term.figure());
    return names;
  }
  /// None: each player's loss depends on the other player, and their sum says nothing of the samples.
  std::optional<std::string_view> best_figure() const { return std::nullopt; }

  std::array<Learner<S>*, 2> learners() { return {&generator_, &adversary_.learner()}; }
  std::array<const Learner<S>*, 2> learners() const { return {&generator_, &adversary_.learner()}; }

  // ---- What users do with a trained model

  /// The generator's samples for latent vectors, one per column. (`sample` draws the latent vectors too.)
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    return conditioning().predict(generator_.network, z, labels);
  }

  /// The discriminator's outputs for every sample: one logit, or channel 0 of each pixel, positive where it
  /// takes the sample for real.
  Matrix<S> discriminate(ConstView<S> x, std::span<const int> labels = {}) const {
    return conditioning().predict(discriminator(), x, labels);
  }

 private:
  /// Everything a step writes besides the learners' own state.
  struct Memory {
    Memory(const Gan& gan, Index batch, Index step)
        : max_part(batch),
          max_batch(step),
          generator(gan.generator_.network.make_workspace(batch)),
          condition(gan.conditioning(), batch),
          z(gan.latent_ * step),
          term_values(gan.adversary_.terms().size()),
          term_sums(term_values.size()) {}

    Index max_part, max_batch;
    Workspace<S> generator;
    LabelCondition<S> condition;
    UndoMemory<S> undo;
    Vector<S> z;  // of a whole step
    std::vector<double> term_values, term_sums;
  };

  Conditioning conditioning() const { return {options_.classes}; }

  static GanOptions validated(GanOptions options) {
    options.validate();
    return options;
  }
  static Network<S> make_generator(AnyLayer<S> layer, const GanOptions& o) {
    std::optional<Shape> latent;
    if (o.latent > 0) latent = Shape{o.latent};
    return Conditioning{o.classes}.network(std::move(layer), latent,
                                           {"generator", o.initializer, o.seed, o.precision});
  }
  static Network<S> make_discriminator(AnyLayer<S> layer, const Shape& sample, const GanOptions& o) {
    // Another seed than the generator's: equal shapes must not start with equal weights.
    return Conditioning{o.classes}.network<S>(std::move(layer), sample,
                                              {"discriminator", o.initializer, ~o.seed, o.precision});
  }

  Memory& prepared(const Batch<S>& batch) { return prepared(batch, batch.size()); }
  Memory& prepared(const Batch<S>& batch, Index part) {
    generator_.network.plan();  // a model that was moved from has none
    conditioning().require(batch, sample_shape(), "Gan");
    if (!memory_ || memory_->max_batch < batch.size() || memory_->max_part < part)
      fail<StateError>("Gan: call prepare({}) before a step with that many samples", batch.size());
    return *memory_;
  }

  static std::vector<AnyAdversaryTerm<S>> terms_of(const GanOptions& o) {
    std::vector<AnyAdversaryTerm<S>> terms;
    if (o.gradient_penalty) terms.push_back(*o.gradient_penalty);
    for (const auto& term : o.terms) terms.push_back(term.template in<S>());
    return terms;
  }

  /// What both players meet over in one part of a step.
  AdversaryRound<S> round(Memory& m, const BatchPart<S>& part, ConstView<S> fake,
                          const StepContext& context) const {
    return {.real = part.batch.samples,
            .fake = fake,
            .condition = m.condition(part.batch.labels),
            .random = part.stream(context.stream(Purpose::penalty)),
            .dropout = part.stream(context.stream(Purpose::dropout)),
            .progress = context.progress,
            .step = context.step};
  }

  /// As many latent vectors as the batch has samples.
  ConstView<S> latent_batch(Memory& m, const Batch<S>& batch, const RandomStream& random) const {
    const View<S> z(m.z.data(), latent_, batch.size());
    fill_normal(m.z.data(), z.size(), random);
    return z;
  }

  GanOptions options_;
  Learner<S> generator_;
  Adversary<S> adversary_;
  Index latent_;
  std::optional<Memory> memory_;
};

template <Layer Generator, Layer Discriminator>
Gan(Generator, Discriminator, GanOptions = {}) -> Gan<ScalarOf<Generator>>;

}  // namespace eigenerate
