#pragma once

#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "eigenerate/losses/bce_with_logits.hpp"
#include "eigenerate/metrics/row_variances.hpp"
#include "eigenerate/models/conditioned_input.hpp"
#include "eigenerate/models/gan_options.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/learner.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/predict.hpp"
#include "eigenerate/models/step_transaction.hpp"
#include "eigenerate/models/warning.hpp"

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
template <Layer Generator, Layer Discriminator, Scalar S = float>
class Gan : public LatentSampler<Gan<Generator, Discriminator, S>, S> {
 public:
  using scalar_type = S;

  Gan(Generator generator, Discriminator discriminator, GanOptions options = {})
      : options_(validated(options)),
        generator_(
            Network<Generator, S>(std::move(generator), NetworkOptions{"generator", options_.initializer,
                                                                       options_.seed, options_.precision}),
            {options_.generator_optimizer, options_.ema_decay}),
        discriminator_(make_discriminator(std::move(discriminator), generator_.network, options_),
                       {options_.discriminator_optimizer}),
        latent_(conditioning().sample_shape(generator_.network.input_shape(), "generator").size()) {
    if (!generator_.network.input_shape().is_vector())
      fail<ShapeError>("Gan: the generator must take a latent vector, got an input of shape {}",
                       to_string(generator_.network.input_shape()));
    const Shape seen = conditioning().sample_shape(discriminator_.network.input_shape(), "discriminator");
    if (seen.size() != sample_shape().size())
      fail<ShapeError>(
          "Gan: the generator makes samples of {} values (shape {}), the discriminator takes {}{}",
          sample_shape().size(), to_string(sample_shape()),
          conditioning().room(discriminator_.network.input_shape(), "discriminator"),
          conditioning().advice(sample_shape()));
    if (discriminator_.network.output_shape().size() != 1)
      fail<ShapeError>("Gan: the discriminator must end in one logit, got an output of shape {}",
                       to_string(discriminator_.network.output_shape()));
    if (options_.gradient_penalty) discriminator_.network.require_tangent();
  }

  const GanOptions& options() const { return options_; }
  Index latent_size() const { return latent_; }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return generator_.network.output_shape(); }
  /// The interval that generated samples cannot leave, where the generator's last layer bounds them.
  std::optional<ValueRange> sample_range() const { return generator_.network.plan().output_range; }
  Network<Generator, S>& generator() { return generator_.network; }
  const Network<Generator, S>& generator() const { return generator_.network; }
  Network<Discriminator, S>& discriminator() { return discriminator_.network; }
  const Network<Discriminator, S>& discriminator() const { return discriminator_.network; }

  // ---- The contract of a Model
  // -----------------------------------------------------------------------------

  void prepare(Index max_batch) {
    if (!memory_ || memory_->max_batch < max_batch) memory_.emplace(*this, max_batch);
  }

  /// `loss` (discriminator_loss + generator_loss), `discriminator_loss` (real and generated parts),
  /// `generator_loss` in steps that train the generator, and `gradient_penalty` (part of discriminator_loss)
  /// where there is one.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
    Memory& m = prepared(batch);
    StepTransaction step(generator_, discriminator_);
    const bool generator_turn =
        (context.step + 1) % static_cast<std::uint64_t>(options_.discriminator_steps) == 0;
    const RandomStream dropout = context.stream(Purpose::dropout);
    const ConstView<S> z = latent_batch(m, batch, context.stream(Purpose::latent));
    // Only a generator that is about to learn may update its batch statistics.
    const ConstView<S> fake =
        generator_turn
            ? generator_.network.forward(z, m.generator, Mode::train, dropout.lane(0))
            : std::as_const(generator_.network).forward(z, m.generator, Mode::train, dropout.lane(0));

    StepMetrics metrics;
    metrics.set("loss", 0, 0);
    double discriminator_loss = discriminator_pass(m, batch.samples, batch.labels, true, dropout.lane(1)) +
                                discriminator_pass(m, fake, batch.labels, false, dropout.lane(2));
    if (options_.gradient_penalty) {
      const double penalty =
          penalty_pass(*m.penalty, batch, fake, context.stream(Purpose::penalty), dropout.lane(3));
      discriminator_loss += penalty;
      metrics.set("gradient_penalty", penalty);
    }
    // The generator may yet fail, after the discriminator has learned.
    if (context.undoable && generator_turn) discriminator_.remember_everything();
    update(context, options_.clipping, discriminator_loss, discriminator_);
    metrics.set("discriminator_loss", discriminator_loss);
    if (!generator_turn) {
      step.commit();
      return metrics;
    }

    const double generator_loss = generator_pass(m, fake, batch.labels, dropout.lane(4));
    update(context, options_.clipping, generator_loss, generator_);
    step.commit();
    metrics.set("generator_loss", generator_loss);
    metrics.set("loss", discriminator_loss + generator_loss);
    return metrics;
  }

  /// The losses of both players on held-out samples, without penalty and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context) {
    Memory& m = prepared(batch);
    const ConstView<S> z = latent_batch(m, batch, context.stream(Purpose::evaluation));
    const ConstView<S> fake = generator_.network.forward(z, m.generator);
    const double real_loss = with_loss([&](const auto& loss) {
      return detail::mean_over_logits(score(m, batch.samples, batch.labels),
                                      [loss](S l) { return loss.real(l).value; });
    });
    const ConstView<S> fake_logits = score(m, fake, batch.labels);
    const double fake_loss = with_loss([&](const auto& loss) {
      return detail::mean_over_logits(fake_logits, [loss](S l) { return loss.fake(l).value; });
    });
    const double generator_loss = with_loss(
        [&](const auto& loss) { return eigenerate::generator_loss(loss, fake_logits, fake_logits); });
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
    const ConstView<S> z = latent_batch(m, batch, context.stream(Purpose::evaluation));
    const ConstView<S> fake = generator_.network.forward(z, m.generator);
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
    const double surprise = bce_with_logits(score(m, batch.samples, batch.labels), 1.0) +
                            bce_with_logits(score(m, fake, batch.labels), 0.0);
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

  template <class F>
  void for_each_learner(F&& f) {
    f(generator_);
    f(discriminator_);
  }

  // ---- What users do with a trained model
  // ------------------------------------------------------------------

  /// The generator's samples for latent vectors, one per column. (`sample` draws the latent vectors too.)
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    return predict(generator_.network, conditioning(), z, labels);
  }

  /// The discriminator's logit for every sample: positive where it takes the sample for real.
  Matrix<S> discriminate(ConstView<S> x, std::span<const int> labels = {}) const {
    return predict(discriminator_.network, conditioning(), x, labels);
  }

 private:
  /// What the gradient penalty writes: its points, and a pass with its tangent and the reverse of both.
  struct PenaltyMemory {
    PenaltyMemory(const Gan& gan, Index batch)
        : workspace(gan.discriminator_.network.make_workspace(batch, SecondOrder::yes)),
          input(gan.conditioning(), gan.discriminator_.network.input_shape(), batch),
          scratch(gan.discriminator_.network, batch, gan.classes()),
          x_hat(gan.sample_shape().size() * batch) {}

    Workspace<S> workspace;
    ConditionedInput<S> input;
    GradientPenaltyScratch<S> scratch;
    Vector<S> x_hat;
  };

  /// Everything a step writes besides the learners' own state.
  struct Memory {
    Memory(const Gan& gan, Index batch)
        : max_batch(batch),
          generator(gan.generator_.network.make_workspace(batch)),
          discriminator(gan.discriminator_.network.make_workspace(batch)),
          generator_input(gan.conditioning(), gan.generator_.network.input_shape(), batch),
          discriminator_input(gan.conditioning(), gan.discriminator_.network.input_shape(), batch),
          z(gan.latent_ * batch),
          d_logits(batch) {
      if (gan.options_.gradient_penalty) penalty.emplace(gan, batch);
    }

    Index max_batch;
    Workspace<S> generator, discriminator;
    ConditionedInput<S> generator_input, discriminator_input;
    Vector<S> z, d_logits;
    std::optional<PenaltyMemory> penalty;
  };

  Conditioning conditioning() const { return {options_.classes}; }

  static GanOptions validated(GanOptions options) {
    options.validate();
    return options;
  }
  static Network<Discriminator, S> make_discriminator(Discriminator discriminator,
                                                      const Network<Generator, S>& generator,
                                                      const GanOptions& o) {
    const Shape input =
        discriminator.input_shape().value_or(Conditioning{o.classes}.input_shape(generator.output_shape()));
    // Another seed than the generator's: equal shapes must not start with equal weights.
    return Network<Discriminator, S>(std::move(discriminator), input,
                                     NetworkOptions{"discriminator", o.initializer, ~o.seed, o.precision});
  }

  Memory& prepared(const Batch<S>& batch) {
    generator_.network.plan();  // a model that was moved from has none
    conditioning().require(batch, sample_shape(), "Gan");
    if (!memory_ || memory_->max_batch < batch.size())
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

  /// As many latent vectors as the batch has samples, with the batch's labels.
  ConstView<S> latent_batch(Memory& m, const Batch<S>& batch, const RandomStream& random) const {
    const View<S> z(m.z.data(), latent_, batch.size());
    fill_normal(m.z.data(), z.size(), random);
    return m.generator_input.join(as_const(z), batch.labels);
  }

  ConstView<S> score(Memory& m, ConstView<S> x, std::span<const int> labels) const {
    return discriminator_.network.forward(m.discriminator_input.join(x, labels), m.discriminator);
  }

  /// Forward and backward of the discriminator on real or on generated samples; adds to its gradients.
  double discriminator_pass(Memory& m, ConstView<S> x, std::span<const int> labels, bool real,
                            const RandomStream& dropout) {
    const ConstView<S> logits = discriminator_.network.forward(m.discriminator_input.join(x, labels),
                                                               m.discriminator, Mode::train, dropout);
    View<S> d_logits(m.d_logits.data(), 1, x.cols());
    const double value = with_loss([&](const auto& loss) {
      return detail::mean_over_logits(logits, d_logits,
                                      [&](S l) { return real ? loss.real(l) : loss.fake(l); });
    });
    discriminator_.network.backward(as_const(d_logits), m.discriminator, discriminator_.gradients);
    return value;
  }

  /// The gradient penalty on points between real and generated samples; adds its exact gradient.
  double penalty_pass(PenaltyMemory& m, const Batch<S>& batch, ConstView<S> fake, const RandomStream& random,
                      const RandomStream& dropout) {
    const View<S> x_hat(m.x_hat.data(), fake.rows(), fake.cols());
    interpolate(batch.samples, fake, random, x_hat);
    return accumulate_gradient_penalty(*options_.gradient_penalty, std::as_const(discriminator_.network),
                                       m.workspace, m.input.join(as_const(x_hat), batch.labels), Mode::train,
                                       dropout, discriminator_.gradients, m.scratch);
  }

  /// Backward through the discriminator into the generator; the discriminator only lends its input gradient.
  double generator_pass(Memory& m, ConstView<S> fake, std::span<const int> labels,
                        const RandomStream& dropout) {
    const auto& opponent = std::as_const(discriminator_.network);
    const ConstView<S> logits =
        opponent.forward(m.discriminator_input.join(fake, labels), m.discriminator, Mode::train, dropout);
    View<S> d_logits(m.d_logits.data(), 1, fake.cols());
    const double value = with_loss(
        [&](const auto& loss) { return eigenerate::generator_loss(loss, logits, logits, d_logits); });
    const ConstView<S> d_fake =
        m.discriminator_input.sample_part(opponent.input_gradient(as_const(d_logits), m.discriminator));
    generator_.network.backward(d_fake, m.generator, generator_.gradients);
    return value;
  }

  GanOptions options_;
  Learner<Generator, S> generator_;
  Learner<Discriminator, S> discriminator_;
  Index latent_;
  std::optional<Memory> memory_;
};

/// A GAN in another scalar than float: `make_gan<double>(generator, discriminator, options)`.
template <Scalar S, Layer Generator, Layer Discriminator>
Gan<Generator, Discriminator, S> make_gan(Generator generator, Discriminator discriminator,
                                          GanOptions options = {}) {
  return Gan<Generator, Discriminator, S>(std::move(generator), std::move(discriminator), std::move(options));
}

}  // namespace eigenerate
