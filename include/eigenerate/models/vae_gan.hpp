#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/models/adversary_step.hpp"
#include "eigenerate/models/discriminator_warnings.hpp"
#include "eigenerate/models/latent_space.hpp"
#include "eigenerate/models/vae_gan_options.hpp"

namespace eigenerate {

/// A variational autoencoder whose decoder is the generator of a GAN, and whose reconstruction error is
/// measured in features of the discriminator: a learned similarity in place of one pixel by pixel.
///
/// One `train_step` encodes its batch and decodes the codes and as many vectors of the prior, in one pass.
/// The discriminator learns to tell the batch from both; then, from the discriminator as it is now,
/// - the encoder learns kl_weight · KL + (the terms, of reconstructions): it does not learn to fool;
/// - the decoder learns (the game, of both) + decoder_term_weight · (the terms, of reconstructions).
///
/// **Shapes** the discriminator takes samples and ends in one logit, with the heads of its terms behind it;
/// the decoder's output are samples. For the rest see `LatentSpace`.
/// **Cost** the discriminator sees each sample of the batch twice, once for each of the two fakes, and the
/// decoder's backward runs twice.
/// **Errors** `ShapeError` or `ConfigError` while building: without a term that says how close images come,
/// for a posterior without a closed-form KL, a prior with parameters, a class or a code head.
/// **Source** Larsen et al. 2016, algorithm 1. There generated samples weigh as much as reconstructions and
/// real samples each; here both kinds of fakes together weigh as much as real samples.
template <Scalar S = float>
class VaeGan : public LatentSpace<S> {
  using Space = LatentSpace<S>;
  using Space::parts_;

 public:
  using Options = BasicVaeGanOptions<S>;
  using Space::latent_size, Space::sample_shape;

  VaeGan(AnyLayer<S> encoder, AnyLayer<S> decoder, AnyLayer<S> discriminator, Options options = {});

  const Options& options() const { return options_; }
  Network<S>& discriminator() { return adversary_.network(); }
  const Network<S>& discriminator() const { return adversary_.network(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss` (the sum of the losses of encoder and decoder), `encoder_loss`, `decoder_loss`,
  /// `discriminator_loss` (its terms included), `kl`, and the figures of every term where it acts.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures on held-out samples, without terms and with nothing learned; and `reconstruction`, the
  /// mean squared error of reconstructions from drawn codes, which no player minimizes.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of mode collapse and of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context);

  /// Warns of last layers that bound what they should not, of log-variances outside their range, and of a
  /// Wasserstein critic that nothing keeps Lipschitz.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range);

  std::vector<MetricName> figures() const;
  /// None: the losses depend on a discriminator that learns too.
  std::optional<std::string_view> best_figure() const { return std::nullopt; }

  /// Those of decoder and encoder, then the discriminator's.
  LearnerList<Learner<S>> learners();
  LearnerList<const Learner<S>> learners() const;

  // ---- What users do with a trained model, besides what `LatentSpace` has

  /// The discriminator's outputs for every sample: the logit, positive where it takes it for real, and the
  /// heads of its terms.
  Matrix<S> discriminate(ConstView<S> x) const { return discriminator().predict(x); }

 private:
  using Latents = typename Autoencoder<S>::Latents;

  /// Everything a step writes besides the learners' own state.
  struct Memory : Space::PassMemory {
    Memory(const VaeGan& model, Index part, Index step)
        : Space::PassMemory(model, part, 2, step),
          drawn(model.latent_size() * this->max_batch),
          prior(model.parts_, 1, this->max_batch),
          z(model.latent_size() * 2 * part),
          real(model.sample_shape().size() * 2 * part),
          d_kl(model.latent_size() * part),
          kl(part) {}

    Vector<S> drawn;  // latent vectors from the prior, of a whole step
    PriorMemory<S> prior;
    Vector<S> z, real;  // codes, and vectors of the prior behind them; the samples twice
    Vector<S> d_kl, kl;
  };
  /// A round, views into the memory: reconstructions, and what the prior's vectors decode to behind them,
  /// against the samples twice.
  struct Decoded {
    Latents codes;
    ConstView<S> real, fake;
  };

  static Learners<S> of_autoencoder(const LearnerList<Learner<S>>& all) {
    return {all.data(), all.size() - 1};
  }

  ConstView<S> draw_from_prior(Memory& m, Index n, const RandomStream& random) const;
  /// `parts` is the autoencoder, constant where its buffers must stay.
  template <class Parts>
  Decoded decode_all(Parts& parts, ConstView<S> x, ConstView<S> noise, ConstView<S> drawn,
                     const PassInput<S>& how, Memory& m) const;
  /// The same as predictions see it.
  Decoded decode_for_evaluation(const Batch<S>& batch, const StepContext& context, Memory& m) const;
  /// The mean of KL(q(z|x) ‖ p(z)).
  double kl(const Latents& codes, Memory& m) const;
  /// What encoder and decoder learn from one part. Returns their losses and the KL.
  struct Learned {
    double of_encoder, of_decoder, kl;
  };
  Learned learn(const AdversaryRound<S>& round, const Decoded& decoded, std::span<double> terms, Memory& m);

  Options options_;
  Adversary<S> adversary_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder, Layer Discriminator>
VaeGan(Encoder, Decoder, Discriminator, BasicVaeGanOptions<ScalarOf<Encoder>> = {})
    -> VaeGan<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/vae_gan.hpp"
#endif
