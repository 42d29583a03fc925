#pragma once

#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/pack_channels.hpp"
#include "eigenerate/models/code_of_terms.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/discriminator_conditioning.hpp"
#include "eigenerate/models/gan_options.hpp"
#include "eigenerate/models/inversion.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/players.hpp"
#include "eigenerate/models/refresh_statistics.hpp"
#include "eigenerate/models/sampler.hpp"

namespace eigenerate {

/// Generative adversarial network: a generator z → x against an `Adversary`, a discriminator x → logits (a
/// critic for Wasserstein) with its loss and its terms. `Players` states the step.
///
/// **Shapes** samples features × n, latent vectors latent × n; the generator's input fixes the latent size,
/// its output the sample shape. With `classes`, both networks see one channel more per class, or read the
/// labels' one-hot code where their layers do (see `Conditioning`). The discriminator ends in one logit, or
/// in a map of them, one for every patch of an image, and the heads of its terms behind them, as in
/// `Linear{64, 1 + 10}` for `.terms = {ClassHead{.classes = 10}}`. One that has to tell labels does not see
/// them. With a `CodeHead` the latent vectors end in its code, and this is an InfoGAN.
///
/// **Errors** `ShapeError` or `ConfigError` while building; a layer of the discriminator that a penalty
/// cannot pass is refused by name.
/// **Source** Goodfellow et al. 2014, algorithm 1; Gulrajani et al. 2017, algorithm 1 (gradient penalty).
template <Scalar S = float>
class Gan : public LatentSampler<Gan<S>, S> {
 public:
  using scalar_type = S;
  using Options = BasicGanOptions<S>;

  Gan(AnyLayer<S> generator, AnyLayer<S> discriminator, Options options = {});

  const Options& options() const { return options_; }
  Index latent_size() const { return latent_; }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return generator().output_shape(); }
  /// The interval that generated samples cannot leave, where the generator's last layer bounds them.
  std::optional<ValueRange> sample_range() const { return generator().plan().output_range; }
  Network<S>& generator() { return players_.generator(); }
  const Network<S>& generator() const { return players_.generator(); }
  Network<S>& discriminator() { return players_.discriminator(); }
  const Network<S>& discriminator() const { return players_.discriminator(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss` (discriminator_loss + generator_loss), `discriminator_loss` (real and generated parts),
  /// `generator_loss` in steps that train the generator, and the figure of every term (part of
  /// discriminator_loss) in steps in which it acts.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The losses of both players on held-out samples, without penalty and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of mode collapse and of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context);

  /// Warns of last layers that bound what they should not, and of a Wasserstein critic without gradient
  /// penalty, see `Players`.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const {
    return players_.setup_warnings(range);
  }

  std::vector<MetricName> figures() const { return players_.figures(); }
  /// None: each player's loss depends on the other player, and their sum says nothing of the samples.
  std::optional<std::string_view> best_figure() const { return std::nullopt; }

  std::array<Learner<S>*, 2> learners() { return players_.learners(); }
  std::array<const Learner<S>*, 2> learners() const { return players_.learners(); }

  // ---- What users do with a trained model

  /// The part of the latent vectors that a `CodeHead` tells from samples; of size 0 without one.
  const LatentCode& code() const { return code_; }

  /// Latent vectors, latent × n: standard normal ones that end in a drawn code.
  void draw_latent(const RandomStream& random, View<S> z) const {
    fill_normal(z.data(), z.size(), random);
    code_.draw(random, z);
  }
  bool has_standard_normal_latent() const { return code_.size() == 0; }

  /// The generator's samples for latent vectors, one per column. (`sample` draws the latent vectors too.)
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    return conditioning().predict(generator(), z, labels);
  }

  /// `decode` and `sample` with all that they read, for programs that keep it: see `Sampler`.
  Sampler<S> make_sampler(const PredictorOptions& options = {}) const {
    return {Predictor<S>(generator(), options), PriorSampler<S>(code_), conditioning()};
  }

  /// The latent vectors that reproduce these samples as well as the generator can, see `invert`; with a label
  /// for each from a conditional model.
  Inversion<S> invert(ConstView<S> x, const InversionOptions& options = {}) const {
    return invert(x, std::span<const int>{}, options);
  }
  Inversion<S> invert(ConstView<S> x, std::span<const int> labels,
                      const InversionOptions& options = {}) const;

  /// Moves the generator's running statistics to those of the moving average that samples come from, by so
  /// many batches of generated samples, see `refresh_statistics`. Labels of a conditional model go in turn.
  void refresh_statistics(Index batches = 100, Index batch_size = 64, Seed seed = {});

  /// The discriminator's outputs for every sample: one logit, or channel 0 of each pixel, positive where it
  /// takes the sample for real, and the heads of its terms. Labels for one that sees them. With packing, a
  /// column for every pack of neighbouring samples; `ShapeError` where some fill none.
  Matrix<S> discriminate(ConstView<S> x, std::span<const int> labels = {}) const;

 private:
  /// What a step writes besides the players' own memory.
  struct Memory {
    Memory(const Gan& gan, Index part, Index batch)
        : max_part(part), max_batch(batch), condition(gan.conditioning(), part), z(gan.latent_ * batch) {}

    Index max_part, max_batch;
    LabelCondition<S> condition;
    Vector<S> z;  // of a whole step
  };

  Conditioning conditioning() const { return {options_.classes}; }
  /// On what the discriminator is conditioned.
  Conditioning judging() const { return {discriminator().plan().condition ? options_.classes : 0}; }

  static Options validated(Options options);
  static Players<S> make_players(AnyLayer<S> generator, AnyLayer<S> discriminator, const Options& o);

  Memory& prepared(const Batch<S>& batch, Index part);

  /// As many latent vectors as the batch has samples.
  void fill_latent(Memory& m, const Batch<S>& batch, const RandomStream& random) const {
    draw_latent(random, View<S>(m.z.data(), latent_, batch.size()));
  }
  /// Latent vectors from `first` on, and the labels that each player sees.
  GeneratorInput<S> input(Memory& m, const Batch<S>& batch, Index first = 0) const;

  Options options_;
  Players<S> players_;
  Index latent_;
  LatentCode code_;
  std::optional<Memory> memory_;
};

template <Layer Generator, Layer Discriminator>
Gan(Generator, Discriminator, BasicGanOptions<ScalarOf<Generator>> = {}) -> Gan<ScalarOf<Generator>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/gan.hpp"
#endif
