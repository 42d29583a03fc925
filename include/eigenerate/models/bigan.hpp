#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/models/adversary_step.hpp"
#include "eigenerate/models/bigan_options.hpp"
#include "eigenerate/models/discriminator_conditioning.hpp"
#include "eigenerate/models/discriminator_warnings.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate {

/// Bidirectional GAN, also known as adversarially learned inference: an encoder x → z, a generator z → x and
/// an `Adversary` on pairs (x, z). It takes the pairs of the encoder, (x, E(x)), for real and those of the
/// generator, (G(z), z), for made; each of the two learns to have its pairs taken for the other's. Where they
/// cannot be told apart, encoder and generator are each other's inverse.
///
/// One `train_step` makes both pairs once. The discriminator learns from them; then generator and encoder
/// learn from the discriminator as it is now, each from its own loss.
///
/// **Shapes** the discriminator takes columns of a sample's values with those of a latent vector behind them,
/// and ends in one logit, with the heads of its terms behind it. The generator is `decoder()`, as the weight
/// files call it; its output are samples. For the rest see `LatentSpace`. With `classes`, all three networks
/// see the labels, but for a discriminator that has to tell them.
/// **Errors** `ShapeError` or `ConfigError` while building: for a prior with parameters too, which drawing
/// from it does not train, and for a `CodeHead`, as pairs of the encoder have no code.
/// **Source** Donahue et al. 2017, algorithm of section 3.4, where the encoder is deterministic; Dumoulin et
/// al. 2017, algorithm 1, with a drawn posterior. There both update all players from one forward pass; here
/// the discriminator learns first, as in `Gan`.
template <Scalar S = float>
class Bigan : public LatentSpace<S> {
  using Space = LatentSpace<S>;
  using Space::conditioning_, Space::parts_;

 public:
  using Options = BasicBiganOptions<S>;
  using Space::latent_size, Space::sample_shape;

  Bigan(AnyLayer<S> encoder, AnyLayer<S> generator, AnyLayer<S> discriminator, Options options = {});

  const Options& options() const { return options_; }
  Network<S>& discriminator() { return adversary_.network(); }
  const Network<S>& discriminator() const { return adversary_.network(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss` (the sum of the next three), `discriminator_loss` (its terms included), `generator_loss`,
  /// `encoder_loss` (what each loses in the game, terms included), and the figures of every term in steps in
  /// which it acts, of the generator's share where it fools.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures on held-out samples, without terms and with nothing learned; and `reconstruction`, the
  /// mean squared error of G(E(x)), which no player minimizes.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of mode collapse and of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context);

  /// Warns of last layers that bound what they should not, of log-variances outside their range, and of a
  /// Wasserstein critic that nothing keeps Lipschitz.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range);

  std::vector<MetricName> figures() const;
  /// None: the players' losses depend on each other, and reconstructions say nothing of samples.
  std::optional<std::string_view> best_figure() const { return std::nullopt; }

  /// Those of generator and encoder, then the discriminator's.
  LearnerList<Learner<S>> learners();
  LearnerList<const Learner<S>> learners() const;

  // ---- What users do with a trained model, besides what `LatentSpace` has

  /// The discriminator's outputs for pairs: the logit, positive where it takes a pair for the encoder's, and
  /// the heads of its terms. Labels for one that sees them.
  Matrix<S> discriminate(ConstView<S> x, ConstView<S> z, std::span<const int> labels = {}) const;

 private:
  using Latents = typename Autoencoder<S>::Latents;

  /// Everything a step writes besides the learners' own state.
  struct Memory : Space::PassMemory {
    Memory(const Bigan& model, Index part, Index step)
        : Space::PassMemory(model, part, 1, step),
          drawn(model.latent_size() * this->max_batch),
          prior(model.parts_, 1, this->max_batch),
          of_encoder(model.pair_size() * part),
          of_generator(of_encoder.size()),
          dz(model.latent_size() * part) {}

    Vector<S> drawn;  // latent vectors from the prior, of a whole step
    PriorMemory<S> prior;
    Vector<S> of_encoder, of_generator;  // pairs
    Vector<S> dz;
  };
  /// Both sides of a round, views into the memory.
  struct Pairs {
    Latents codes;
    ConstView<S> of_encoder, of_generator;
  };

  static Learners<S> of_both(const LearnerList<Learner<S>>& all) { return {all.data(), all.size() - 1}; }

  Index pair_size() const { return sample_shape().size() + latent_size(); }
  /// On what the discriminator is conditioned.
  Conditioning judging() const { return {discriminator().plan().condition ? this->classes() : 0}; }
  ConstView<S> seen_by_discriminator(Memory& m, std::span<const int> labels) const {
    return judging().classes > 0 ? m.condition(labels) : ConstView<S>();
  }

  ConstView<S> draw_from_prior(Memory& m, Index n, const RandomStream& random) const;
  /// Samples with latent vectors behind them, in that memory.
  static ConstView<S> pair(ConstView<S> x, ConstView<S> z, Vector<S>& memory);
  /// `parts` is the autoencoder, constant where its buffers must stay.
  template <class Parts>
  Pairs meet(Parts& parts, const Batch<S>& batch, ConstView<S> noise, ConstView<S> drawn,
             const PassInput<S>& how, Memory& m) const;
  /// Both sides as predictions see them.
  Pairs meet_for_evaluation(const Batch<S>& batch, const StepContext& context, Memory& m) const;

  Options options_;
  Adversary<S> adversary_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Generator, Layer Discriminator>
Bigan(Encoder, Generator, Discriminator, BasicBiganOptions<ScalarOf<Encoder>> = {})
    -> Bigan<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/bigan.hpp"
#endif
