#pragma once

#include <array>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

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

/// Generative adversarial network: a generator z → x against a discriminator x → logit (a critic for
/// Wasserstein).
///
/// One `train_step` is one discriminator step on its batch and as many generated samples (one pass each, so
/// batch statistics never mix real and generated), and at every `discriminator_steps`-th step a generator
/// step on the same generated samples. A player's step leaves the other one's parameters, moments and buffers
/// as they were.
///
/// **Shapes** samples features × n, latent vectors latent × n; the generator's input fixes the latent size,
/// its output the sample shape. With `classes`, both networks see one channel more per class (see
/// `Conditioning`).
/// **Errors** `ShapeError` or `ConfigError` while building; a layer that couples samples in a discriminator
/// with a gradient penalty is refused by name.
/// **Source** Goodfellow et al. 2014, algorithm 1; Gulrajani et al. 2017, algorithm 1 (gradient penalty).
template <Scalar S = float>
class Gan : public LatentSampler<Gan<S>, S> {
 public:
  using scalar_type = S;

  Gan(AnyLayer<S> generator, AnyLayer<S> discriminator, GanOptions options = {})
      : options_(validated(options)),
        generator_(make_generator(std::move(generator), options_),
                   {options_.generator_optimizer, options_.ema_decay}),
        discriminator_(make_discriminator(std::move(discriminator), sample_shape(), options_),
                       {options_.discriminator_optimizer}),
        latent_(generator_.network.input_shape().size()) {
    if (!generator_.network.input_shape().is_vector())
      fail<ShapeError>("Gan: the generator must take a latent vector, got an input of shape {}",
                       to_string(generator_.network.input_shape()));
    if (discriminator_.network.output_shape().size() != 1)
      fail<ShapeError>("Gan: the discriminator must end in one logit, got an output of shape {}",
                       to_string(discriminator_.network.output_shape()));
    if (options_.gradient_penalty) {
      discriminator_.network.require_independent_samples("a gradient penalty");
      discriminator_.network.require_tangent();
    }
  }

  const GanOptions& options() const { return options_; }
  Index latent_size() const { return latent_; }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return generator_.network.output_shape(); }
  /// The interval that generated samples cannot leave, where the generator's last layer bounds them.
  std::optional<ValueRange> sample_range() const { return generator_.network.plan().output_range; }
  Network<S>& generator() { return generator_.network; }
  const Network<S>& generator() const { return generator_.network; }
  Network<S>& discriminator() { return discriminator_.network; }
  const Network<S>& discriminator() const { return discriminator_.network; }

  // ---- The contract of a Model
  // -----------------------------------------------------------------------------

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch) {
    if (!memory_ || memory_->max_part < max_part || memory_->max_batch < max_batch)
      memory_.emplace(*this, max_part, max_batch);
  }

  /// `loss` (discriminator_loss + generator_loss), `discriminator_loss` (real and generated parts),
  /// `generator_loss` in steps that train the generator, and `gradient_penalty` (part of discriminator_loss)
  /// where there is one.
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
    double discriminator_loss = 0, penalty = 0;
    std::optional<ConstView<S>> fake;
    for (Index i = 0; i < parts.size(); ++i) {
      const BatchPart<S> part = parts[i];
      // Only a generator that is about to learn may update its batch statistics.
      fake.emplace(generate(part, generator_turn ? Buffers::update : Buffers::keep));
      const ConstView<S> condition = m.condition(part.batch.labels);
      const RandomStream noise = part.stream(dropout);
      discriminator_loss +=
          part.share *
          (discriminator_pass(m, part.batch.samples, condition, true, noise.lane(1), context.progress) +
           discriminator_pass(m, *fake, condition, false, noise.lane(2), context.progress));
      if (options_.gradient_penalty)
        penalty += part.share * penalty_pass(*m.penalty, part.batch, *fake, condition,
                                             part.stream(context.stream(Purpose::penalty)), noise.lane(3),
                                             context.progress);
      part.scale(discriminator_.gradients);
    }
    if (options_.gradient_penalty) {
      discriminator_loss += penalty;
      metrics.set("gradient_penalty", penalty);
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
      // The generator's workspace holds the last part alone: the same samples again, for the discriminator that has learned.
      if (parts.size() > 1) fake.emplace(generate(part, Buffers::keep));
      generator_loss += part.share * generator_pass(m, *fake, m.condition(part.batch.labels),
                                                    part.stream(dropout).lane(4), context.progress);
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
    const double real_loss = with_loss([&](const auto& loss) {
      return loss.discriminator_real(score(m, batch.samples, condition), unwanted<S>());
    });
    const ConstView<S> fake_logits = score(m, fake, condition);
    const double fake_loss =
        with_loss([&](const auto& loss) { return loss.discriminator_fake(fake_logits, unwanted<S>()); });
    const double generator_loss =
        with_loss([&](const auto& loss) { return loss.generator(fake_logits, unwanted<S>()); });
    StepMetrics metrics;
    metrics.set("loss", real_loss + fake_loss + generator_loss);
    metrics.set("discriminator_loss", real_loss + fake_loss);
    metrics.set("generator_loss", generator_loss);
    return metrics;
  }

  /// Warns of mode collapse, where generated samples vary less than a tenth as much as the batch does, and of
  /// a saturated discriminator, which is right about 99 of 100 samples and sure of it (both terms of its
  /// cross-entropy together below 0.02 nats; not asked of a Wasserstein critic).
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
    if (has_critic()) return warnings;
    const double surprise = bce_with_logits(score(m, batch.samples, condition), 1.0) +
                            bce_with_logits(score(m, fake, condition), 0.0);
    if (surprise < 0.02)
      warnings.push_back({WarningKind::discriminator_saturation,
                          "discriminator saturation: it tells real from generated samples without doubt, so "
                          "the generator learns little; lower its learning rate or regularise it"});
    return warnings;
  }

  /// Warns of a discriminator that ends in an activation where logits are expected, of a generator whose last layer keeps
  /// it from values of the data, and of a Wasserstein critic without gradient penalty.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const {
    std::vector<Warning> warnings;
    warn_of_bounded_outputs(warnings, discriminator_.network.plan(), "the logits that the loss takes",
                            ValueRange::everything());
    warn_of_bounded_outputs(warnings, generator_.network.plan(), "the data", range);
    if (has_critic() && !options_.gradient_penalty)
      warnings.push_back(
          {WarningKind::unconstrained_critic,
           "the Wasserstein loss needs a critic that something keeps Lipschitz, and nothing does; add "
           ".gradient_penalty = GradientPenalty{10}"});
    return warnings;
  }

  std::vector<MetricName> figures() const {
    std::vector<MetricName> names{"loss", "discriminator_loss", "generator_loss"};
    if (options_.gradient_penalty) names.push_back("gradient_penalty");
    return names;
  }
  /// None: each player's loss depends on the other player, and their sum says nothing of the samples.
  std::optional<std::string_view> best_figure() const { return std::nullopt; }

  std::array<Learner<S>*, 2> learners() { return {&generator_, &discriminator_}; }
  std::array<const Learner<S>*, 2> learners() const { return {&generator_, &discriminator_}; }

  // ---- What users do with a trained model
  // ------------------------------------------------------------------

  /// The generator's samples for latent vectors, one per column. (`sample` draws the latent vectors too.)
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    return conditioning().predict(generator_.network, z, labels);
  }

  /// The discriminator's logit for every sample: positive where it takes the sample for real.
  Matrix<S> discriminate(ConstView<S> x, std::span<const int> labels = {}) const {
    return conditioning().predict(discriminator_.network, x, labels);
  }

 private:
  /// What the gradient penalty writes: its points, and a pass with its tangent and the reverse of both.
  struct PenaltyMemory {
    PenaltyMemory(const Gan& gan, Index batch)
        : workspace(gan.discriminator_.network.make_workspace(batch, SecondOrder::yes)),
          scratch(gan.discriminator_.network, batch),
          x_hat(gan.sample_shape().size() * batch) {}

    Workspace<S> workspace;
    GradientPenaltyScratch<S> scratch;
    Vector<S> x_hat;
  };

  /// Everything a step writes besides the learners' own state.
  struct Memory {
    Memory(const Gan& gan, Index batch, Index step)
        : max_part(batch),
          max_batch(step),
          generator(gan.generator_.network.make_workspace(batch)),
          discriminator(gan.discriminator_.network.make_workspace(batch)),
          condition(gan.conditioning(), batch),
          z(gan.latent_ * step),
          d_logits(batch) {
      if (gan.options_.gradient_penalty) penalty.emplace(gan, batch);
    }

    Index max_part, max_batch;
    Workspace<S> generator, discriminator;
    LabelCondition<S> condition;
    UndoMemory<S> undo;
    Vector<S> z;  // of a whole step
    Vector<S> d_logits;
    std::optional<PenaltyMemory> penalty;
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

  /// Whether the discriminator's outputs are scores rather than log-odds.
  bool has_critic() const {
    return std::visit([](const auto& loss) { return loss.takes_scores; }, options_.loss);
  }

  template <class F>
  double with_loss(F&& f) const {
    return std::visit(std::forward<F>(f), options_.loss);
  }

  /// As many latent vectors as the batch has samples.
  ConstView<S> latent_batch(Memory& m, const Batch<S>& batch, const RandomStream& random) const {
    const View<S> z(m.z.data(), latent_, batch.size());
    fill_normal(m.z.data(), z.size(), random);
    return z;
  }

  ConstView<S> score(Memory& m, ConstView<S> x, ConstView<S> condition) const {
    return discriminator_.network.forward({.x = x, .condition = condition}, m.discriminator);
  }

  /// Forward and backward of the discriminator on real or on generated samples; adds to its gradients.
  double discriminator_pass(Memory& m, ConstView<S> x, ConstView<S> condition, bool real,
                            const RandomStream& dropout, double progress) {
    const ConstView<S> logits = discriminator_.network.forward({.x = x,
                                                                .condition = condition,
                                                                .mode = Mode::train,
                                                                .buffers = Buffers::update,
                                                                .random = dropout,
                                                                .progress = progress},
                                                               m.discriminator);
    View<S> d_logits(m.d_logits.data(), 1, x.cols());
    const double value = with_loss([&](const auto& loss) {
      return real ? loss.discriminator_real(logits, d_logits) : loss.discriminator_fake(logits, d_logits);
    });
    discriminator_.network.backward(d_logits, m.discriminator, {.parameters = &discriminator_.gradients});
    return value;
  }

  /// The gradient penalty on points between real and generated samples; adds its exact gradient.
  double penalty_pass(PenaltyMemory& m, const Batch<S>& batch, ConstView<S> fake, ConstView<S> condition,
                      const RandomStream& random, const RandomStream& dropout, double progress) {
    const View<S> x_hat(m.x_hat.data(), fake.rows(), fake.cols());
    interpolate(batch.samples, fake, random, x_hat);
    return accumulate_gradient_penalty<S>(
        *options_.gradient_penalty, discriminator_.network, m.workspace,
        {.x = x_hat, .condition = condition, .mode = Mode::train, .random = dropout, .progress = progress},
        discriminator_.gradients, m.scratch);
  }

  /// Backward through the discriminator into the generator; the discriminator only lends its input gradient.
  double generator_pass(Memory& m, ConstView<S> fake, ConstView<S> condition, const RandomStream& dropout,
                        double progress) {
    const ConstView<S> logits = discriminator_.network.forward(
        {.x = fake, .condition = condition, .mode = Mode::train, .random = dropout, .progress = progress},
        m.discriminator);
    View<S> d_logits(m.d_logits.data(), 1, fake.cols());
    const double value = with_loss([&](const auto& loss) { return loss.generator(logits, d_logits); });
    const ConstView<S> d_fake = discriminator_.network.backward(d_logits, m.discriminator, {.x = true}).x;
    generator_.network.backward(d_fake, m.generator, {.parameters = &generator_.gradients});
    return value;
  }

  GanOptions options_;
  Learner<S> generator_;
  Learner<S> discriminator_;
  Index latent_;
  std::optional<Memory> memory_;
};

template <Layer Generator, Layer Discriminator>
Gan(Generator, Discriminator, GanOptions = {}) -> Gan<ScalarOf<Generator>>;

}  // namespace eigenerate
