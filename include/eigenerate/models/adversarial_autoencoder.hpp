#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/models/adversarial_autoencoder_options.hpp"
#include "eigenerate/models/adversary_step.hpp"
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
/// With a `CodedPosterior` codes end in a category, and vectors of the prior in a drawn one: so samples are
/// sorted into categories that no label names. `embed` then tells each category's share.
///
/// **Shapes** the discriminator takes latent vectors and ends in one logit, with the heads of its terms
/// behind it; for the rest see `LatentSpace`. With `classes`, all three networks see the labels.
/// **Errors** `ShapeError` or `ConfigError` while building: for a prior with parameters too, which drawing
/// from it does not train, and for a class head, as vectors of the prior have no classes.
/// **Source** Tolstikhin et al. 2018, algorithm 1; Makhzani et al. 2016, section 2. Makhzani et al. update
/// the autoencoder for reconstruction first, then the discriminator, then the encoder anew; here encoder and
/// decoder are updated once, for the sum, as in algorithm 1, and the weight is on the game, as its λ.
template <Scalar S = float>
class AdversarialAutoencoder : public LatentSpace<S> {
  using Space = LatentSpace<S>;
  using Space::conditioning_, Space::parts_;

 public:
  using Options = BasicAdversarialAutoencoderOptions<S>;
  using Space::latent_size;

  AdversarialAutoencoder(AnyLayer<S> encoder, AnyLayer<S> decoder, AnyLayer<S> discriminator,
                         Options options = {});

  const Options& options() const { return options_; }
  Network<S>& discriminator() { return adversary_.network(); }
  const Network<S>& discriminator() const { return adversary_.network(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss` (reconstruction + adversarial_weight · generator_loss), `reconstruction` (−E log p(x|z)),
  /// `discriminator_loss` (its terms included), `generator_loss` (of the encoder, in the game, terms
  /// included), and the figures of every term in steps in which it acts.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures on held-out samples, without terms and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context);

  /// Warns of last layers that bound what they should not, of log-variances outside their range, and of a
  /// Wasserstein critic that nothing keeps Lipschitz.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range);

  std::vector<MetricName> figures() const;
  /// The losses of the game say nothing by themselves.
  std::optional<std::string_view> best_figure() const { return "reconstruction"; }

  /// The autoencoder's from the loss backwards, then the discriminator.
  LearnerList<Learner<S>> learners();
  LearnerList<const Learner<S>> learners() const;

  // ---- What users do with a trained model, besides what `LatentSpace` has

  /// The discriminator's outputs for every latent vector: the logit, positive where it takes it for the
  /// prior's, and the heads of its terms.
  Matrix<S> discriminate(ConstView<S> z, std::span<const int> labels = {}) const {
    return conditioning_.predict(discriminator(), z, labels);
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

  static Learners<S> of_autoencoder(const LearnerList<Learner<S>>& all) {
    return {all.data(), all.size() - 1};
  }

  ConstView<S> draw_from_prior(Memory& m, Index n, const RandomStream& random) const;
  /// The codes of a batch as predictions see them.
  Latents encode_for(const Batch<S>& batch, const PassInput<S>& how, const StepContext& context,
                     Memory& m) const;
  typename Adversary<S>::Scores score(const Batch<S>& batch, const Latents& codes, const StepContext& context,
                                      Memory& m);
  void set_figures(StepMetrics& metrics, double reconstruction, double generator_loss) const;

  Options options_;
  Adversary<S> adversary_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder, Layer Discriminator>
AdversarialAutoencoder(Encoder, Decoder, Discriminator,
                       BasicAdversarialAutoencoderOptions<ScalarOf<Encoder>> = {})
    -> AdversarialAutoencoder<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/adversarial_autoencoder.hpp"
#endif
