#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/losses/l1.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/pix2pix_options.hpp"
#include "eigenerate/models/players.hpp"

namespace eigenerate {

/// Translation of images, learned from pairs: a generator x → y that comes close to the sample of a pair from
/// its condition, and an `Adversary` that judges y in the sight of x. It learns from a dataset of pairs
/// (`Dataset::with_conditions`); `Players` states the step.
///
/// The generator minimizes what fools the discriminator plus `l1_weight` times the mean absolute difference
/// from the true sample. A U-Net is a `Concat{Identity{}, Sequential{…}}` at every level, a discriminator of
/// patches ends in a map of logits.
///
/// **Shapes** batch.condition: source features × n, the generator's input; batch.samples: target features ×
/// n, the shape of its output. A discriminator that does not read the condition itself gets it as further
/// channels behind those of the sample (`JoinCondition`).
/// **Errors** `ShapeError` or `ConfigError` while building, and for batches without conditions.
/// **Source** Isola et al. 2017, eq. 4. Their noise is dropout in training and in use; `translate` has none.
/// They halve the discriminator's loss; a smaller rate of its optimizer does that here.
template <Scalar S = float>
class Pix2Pix {
 public:
  using scalar_type = S;

  Pix2Pix(AnyLayer<S> generator, AnyLayer<S> discriminator, Pix2PixOptions options = {})
      : options_(validated(options)),
        players_(make_players(std::move(generator), std::move(discriminator), options_)) {}

  const Pix2PixOptions& options() const { return options_; }
  Shape source_shape() const { return generator().input_shape(); }
  Shape sample_shape() const { return generator().output_shape(); }
  /// The interval that translations cannot leave, where the generator's last layer bounds them.
  std::optional<ValueRange> sample_range() const { return generator().plan().output_range; }
  Network<S>& generator() { return players_.generator(); }
  const Network<S>& generator() const { return players_.generator(); }
  Network<S>& discriminator() { return players_.discriminator(); }
  const Network<S>& discriminator() const { return players_.discriminator(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index) {
    players_.prepare(max_part);
    if (d_sample_.size() < sample_shape().size() * max_part)
      d_sample_ = Vector<S>(sample_shape().size() * max_part);
  }

  /// The figures of `Players`, and `l1`, the mean absolute difference, which is `l1_weight` times a part of
  /// `generator_loss`.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
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

  /// The same figures on held-out pairs, without penalties and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext&) {
    require(batch, batch.size());
    const ConstView<S> fake = players_.generate(input(batch));
    StepMetrics metrics = players_.evaluate(batch.samples, fake, batch.condition);
    const double l1 = l1_mean(fake, batch.samples);
    metrics.set("generator_loss", metrics["generator_loss"] + options_.l1_weight * l1);
    metrics.set("loss", metrics["discriminator_loss"] + metrics["generator_loss"]);
    metrics.set("l1", l1);
    return metrics;
  }

  /// Warns of mode collapse and of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&) {
    prepare(batch.size());
    require(batch, batch.size());
    return players_.health(batch.samples, players_.generate(input(batch)), batch.condition);
  }
  /// Warns of last layers that bound what they should not, see `Players`.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const {
    return players_.setup_warnings(range);
  }

  std::vector<MetricName> figures() const {
    std::vector<MetricName> names = players_.figures();
    names.push_back("l1");
    return names;
  }
  /// How close translations come; the players' losses depend on each other.
  std::optional<std::string_view> best_figure() const { return "l1"; }

  std::array<Learner<S>*, 2> learners() { return players_.learners(); }
  std::array<const Learner<S>*, 2> learners() const { return players_.learners(); }

  // ---- What users do with a trained model

  /// The generator's sample for every condition.
  /// **Shapes** x: source features × n → target features × n.
  Matrix<S> translate(ConstView<S> x) const { return generator().predict(x); }

  /// The discriminator's outputs for samples y in the sight of their conditions x: one logit, or one for every
  /// patch, positive where it takes the pair for real.
  Matrix<S> discriminate(ConstView<S> x, ConstView<S> y) const { return discriminator().predict(y, x); }

 private:
  static Pix2PixOptions validated(Pix2PixOptions options) {
    options.validate();
    return options;
  }
  static Players<S> make_players(AnyLayer<S> generator, AnyLayer<S> discriminator, const Pix2PixOptions& o) {
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
            {std::move(maker), {o.generator_optimizer, o.ema_decay}},
            {std::move(judge), {o.discriminator_optimizer}, o.loss.template in<S>(), all_in<S>(o.terms)},
            o.clipping};
  }

  static GeneratorInput<S> input(const Batch<S>& pairs) {
    return {.x = pairs.condition, .judged_under = pairs.condition};
  }

  void require(const Batch<S>& batch, Index part) const {
    generator().plan();  // a model that was moved from has none
    Conditioning{}.require(batch, sample_shape(), "Pix2Pix");
    if (batch.condition.size() == 0)
      fail<ConfigError>(
          "Pix2Pix: translates conditions into samples, but the batch has no conditions; make the dataset one "
          "of pairs: targets.with_conditions(sources)");
    if (batch.condition.rows() != source_shape().size() || batch.condition.cols() != batch.size())
      fail<ShapeError>("Pix2Pix: expected conditions of {} × {} (shape {}), got {} × {}",
                       source_shape().size(), batch.size(), to_string(source_shape()), batch.condition.rows(),
                       batch.condition.cols());
    if (!players_.prepared_for(part))
      fail<StateError>("Pix2Pix: call prepare({}) before a step with that many samples", batch.size());
  }

  Pix2PixOptions options_;
  Players<S> players_;
  Vector<S> d_sample_;  // target features × a part
};

template <Layer Generator, Layer Discriminator>
Pix2Pix(Generator, Discriminator, Pix2PixOptions = {}) -> Pix2Pix<ScalarOf<Generator>>;

}  // namespace eigenerate
