#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/models/adversarial_autoencoder_options.hpp"
#include "eigenerate/models/adversary_step.hpp"
#include "eigenerate/models/discriminator_conditioning.hpp"
#include "eigenerate/models/discriminator_warnings.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate {

/// Adversarial autoencoder, also known as WAE-GAN: an `Autoencoder` that reconstructs, and an `Adversary` on
/// its latent vectors. The discriminator tells vectors drawn from the prior, the real ones, from codes; the
/// encoder learns to fool it, so that all codes together fill the prior, and its samples decode to data.
///
/// One `train_step` encodes its batch once. The discriminator learns from codes and as many vectors of the
/// prior; then encoder and decoder together learn −log p(x|z) + adversarial_weight · (the loss of being told
/// apart by the discriminator as it is now).
///
/// **Shapes** the discriminator takes latent vectors and ends in one logit, with the heads of its terms behind
/// it; for the rest see `LatentSpace`. With `classes`, all three networks see the labels, but for a
/// discriminator that has to tell them.
/// **Errors** `ShapeError` or `ConfigError` while building, for a prior with parameters too: what is drawn
/// from it does not train them.
/// **Source** Tolstikhin et al. 2018, algorithm 1; Makhzani et al. 2016, section 2. Makhzani et al. update
/// the autoencoder for reconstruction first, then the discriminator, then the encoder anew; here encoder and
/// decoder are updated once, for the sum, as in algorithm 1, and the weight is on the game, as its λ.
template <Scalar S = float>
class AdversarialAutoencoder : public LatentSpace<S> {
  using Space = LatentSpace<S>;
  using Space::parts_;

 public:
  using Options = BasicAdversarialAutoencoderOptions<S>;
  using Space::latent_size;

  AdversarialAutoencoder(AnyLayer<S> encoder, AnyLayer<S> decoder, AnyLayer<S> discriminator,
                         Options options = {})
      : Space(std::move(encoder), std::move(decoder), options.latent, {options.classes}, parts_of(options)),
        options_(std::move(options)),
        judging_(discriminator_conditioning(this->conditioning_, options_.terms, "AdversarialAutoencoder")),
        adversary_(judging_.network(std::move(discriminator), Shape{latent_size()},
                                    {"discriminator", options_.initializer,
                                     options_.seed ^ std::uint64_t{1} << 60, options_.precision}),
                   {options_.discriminator_optimizer}, options_.loss, options_.terms) {
    if (parts_.prior_learner())
      fail<ConfigError>(
          "AdversarialAutoencoder: latent vectors are only drawn from the prior, so nothing would train the "
          "parameters of a {}; take a prior without any",
          options_.prior.kind());
    adversary_.require_outputs("AdversarialAutoencoder");
  }

  const Options& options() const { return options_; }
  Network<S>& discriminator() { return adversary_.network(); }
  const Network<S>& discriminator() const { return adversary_.network(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch) {
    if (!memory_ || !Space::suffices(*memory_, max_part, max_batch))
      memory_.emplace(*this, max_part, max_batch);
    adversary_.prepare(max_part);
  }

  /// `loss` (reconstruction + adversarial_weight · generator_loss), `reconstruction` (−E log p(x|z)),
  /// `discriminator_loss` (its terms included), `generator_loss` (of the encoder, in the game, terms
  /// included), and the figures of every term in steps in which it acts.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
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
      AdversaryRound<S> r = adversary_round(part, context, codes->z, judged_under(m, part.batch.labels));
      r.real = Space::columns_of(drawn, part);
      return r;
    };

    StepMetrics metrics;
    metrics.set("loss", 0);
    adversary_step(adversary_, parts, context, options_.clipping, metrics, [&](const BatchPart<S>& part) {
      encode(part, Buffers::update);
      return round(part);
    });
    TermShares<S> terms(adversary_, &AnyAdversaryTerm<S>::fool_figure);
    double reconstruction = 0, generator_loss = 0, of_terms = 0;
    for (Index i = 0; i < parts.size(); ++i) {
      const BatchPart<S> part = parts[i];
      // The memory holds the last part alone: the same codes again, for the discriminator that has learned.
      if (parts.size() > 1) encode(part, Buffers::keep);
      const auto fooled = adversary_.fool(round(part), terms.of_part());
      const ConstView<S> parameters =
          Space::explain(parts_, part.batch.samples, codes->z, how(part, Buffers::update), m, true);
      View<S> dz = parts_.decoder_backward(
          ConstView<S>(m.d_parameters.data(), parameters.rows(), parameters.cols()), m.latent);
      dz += static_cast<S>(options_.adversarial_weight) * fooled.d_fake;
      parts_.encoder_backward(*codes, dz, {}, parts_.begin_backward(*codes, m.latent), m.latent);
      reconstruction += part.share * Space::reconstruction_error(m, part.batch.size());
      generator_loss += part.share * fooled.value;
      terms.add_part(part.share);
      for (Learner<S>* learner : of_autoencoder(learners)) part.scale(learner->gradients);
    }
    terms.report(context, metrics, of_terms);  // parts of the value
    set_figures(metrics, reconstruction, generator_loss);
    update<S>(context, options_.clipping, metrics["loss"], of_autoencoder(learners));
    step.commit();
    return metrics;
  }

  /// The same figures on held-out samples, without terms and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context) {
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

  /// Warns of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context) {
    prepare(batch.size());
    Memory& m = Space::prepared(memory_, batch, batch.size());
    const PassInput<S> how{.condition = m.condition(batch.labels), .progress = context.progress};
    std::vector<Warning> warnings;
    if (batch.size() > 1)
      warn_of_saturation(warnings, adversary_, score(batch, encode_for(batch, how, context, m), context, m));
    return warnings;
  }

  /// Warns of last layers that bound what they should not, of log-variances outside their range, and of a
  /// Wasserstein critic that nothing keeps Lipschitz.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range) {
    prepare(batch.size());
    auto warnings = Space::warnings_of_parts(batch, range, Space::prepared(memory_, batch, batch.size()));
    warn_of_discriminator(warnings, adversary_);
    return warnings;
  }

  std::vector<MetricName> figures() const {
    return with_figures_of_terms({"loss", "reconstruction", "discriminator_loss", "generator_loss"},
                                 adversary_);
  }
  /// The losses of the game say nothing by themselves.
  std::optional<std::string_view> best_figure() const { return "reconstruction"; }

  /// The autoencoder's from the loss backwards, then the discriminator.
  LearnerList<Learner<S>> learners() {
    auto all = parts_.learners();
    all.add(adversary_.learner());
    return all;
  }
  LearnerList<const Learner<S>> learners() const {
    auto all = std::as_const(parts_).learners();
    all.add(adversary_.learner());
    return all;
  }

  // ---- What users do with a trained model, besides what `LatentSpace` has

  /// The discriminator's outputs for every latent vector: the logit, positive where it takes it for the prior's,
  /// and the heads of its terms.
  Matrix<S> discriminate(ConstView<S> z, std::span<const int> labels = {}) const {
    return judging_.predict(discriminator(), z, labels);
  }

 private:
  using Latents = typename Autoencoder<S>::Latents;

  /// Everything a step writes besides the learners' own state.
  struct Memory : Space::PassMemory {
    Memory(const AdversarialAutoencoder& model, Index part, Index step)
        : Space::PassMemory(model, part, 1, step),
          drawn(model.latent_size() * this->max_batch),
          prior(model.parts_, 1, this->max_batch) {}

    Vector<S> drawn;  // latent vectors from the prior, of a whole step
    PriorMemory<S> prior;
  };

  static AutoencoderOptions<S> parts_of(const Options& o) {
    o.validate();
    return {.likelihood = o.likelihood,
            .posterior = o.posterior,
            .prior = o.prior,
            .learner = {o.optimizer, o.ema_decay},
            .initializer = o.initializer,
            .seed = o.seed,
            .precision = o.precision,
            .who = "AdversarialAutoencoder"};
  }
  static Learners<S> of_autoencoder(const LearnerList<Learner<S>>& all) {
    return {all.data(), all.size() - 1};
  }

  /// What the discriminator sees beside codes.
  ConstView<S> judged_under(Memory& m, std::span<const int> labels) const {
    return judging_.classes > 0 ? m.condition(labels) : ConstView<S>();
  }
  ConstView<S> draw_from_prior(Memory& m, Index n, const RandomStream& random) const {
    const View<S> z(m.drawn.data(), latent_size(), n);
    parts_.draw_latent(random, z, m.prior);
    return z;
  }
  /// The codes of a batch as predictions see them.
  Latents encode_for(const Batch<S>& batch, const PassInput<S>& how, const StepContext& context,
                     Memory& m) const {
    return parts_.encode(batch.samples, how,
                         Space::draw(m, batch.size(), context.stream(Purpose::evaluation)), m.latent);
  }
  typename Adversary<S>::Scores score(const Batch<S>& batch, const Latents& codes, const StepContext& context,
                                      Memory& m) {
    const RandomStream random = context.stream(Purpose::evaluation).lane(1);
    return adversary_.score(draw_from_prior(m, batch.size(), random), codes.z, judged_under(m, batch.labels));
  }
  void set_figures(StepMetrics& metrics, double reconstruction, double generator_loss) const {
    metrics.set("reconstruction", reconstruction);
    metrics.set("generator_loss", generator_loss);
    metrics.set("loss", reconstruction + options_.adversarial_weight * generator_loss);
  }

  Options options_;
  Conditioning judging_;
  Adversary<S> adversary_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder, Layer Discriminator>
AdversarialAutoencoder(Encoder, Decoder, Discriminator,
                       BasicAdversarialAutoencoderOptions<ScalarOf<Encoder>> = {})
    -> AdversarialAutoencoder<ScalarOf<Encoder>>;

}  // namespace eigenerate
