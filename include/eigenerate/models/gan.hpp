#pragma once

#include <array>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
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

  Gan(AnyLayer<S> generator, AnyLayer<S> discriminator, GanOptions options = {});

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
  void prepare(Index max_part, Index max_batch);

  /// `loss` (discriminator_loss + generator_loss), `discriminator_loss` (real and generated parts),
  /// `generator_loss` in steps that train the generator, and the figure of every term (part of
  /// discriminator_loss) in steps in which it acts.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The losses of both players on held-out samples, without penalty and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of mode collapse, where generated samples vary less than a tenth as much as the batch does, and of
  /// a saturated discriminator, which is right about 99 of 100 samples and sure of it (both terms of its
  /// cross-entropy together below 0.02 nats; not asked of a critic, whose outputs are scores).
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context);

  /// Warns of a discriminator that ends in an activation where logits are expected, of a generator whose last
  /// layer keeps it from values of the data, and of a Wasserstein critic without gradient penalty.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const;

  std::vector<MetricName> figures() const;
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
  static Network<S> make_generator(AnyLayer<S> layer, const GanOptions& o);
  static Network<S> make_discriminator(AnyLayer<S> layer, const Shape& sample, const GanOptions& o);

  Memory& prepared(const Batch<S>& batch) { return prepared(batch, batch.size()); }
  Memory& prepared(const Batch<S>& batch, Index part);

  static std::vector<AnyAdversaryTerm<S>> terms_of(const GanOptions& o);

  /// What both players meet over in one part of a step.
  AdversaryRound<S> round(Memory& m, const BatchPart<S>& part, ConstView<S> fake,
                          const StepContext& context) const;

  /// As many latent vectors as the batch has samples.
  ConstView<S> latent_batch(Memory& m, const Batch<S>& batch, const RandomStream& random) const;

  GanOptions options_;
  Learner<S> generator_;
  Adversary<S> adversary_;
  Index latent_;
  std::optional<Memory> memory_;
};

template <Layer Generator, Layer Discriminator>
Gan(Generator, Discriminator, GanOptions = {}) -> Gan<ScalarOf<Generator>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/gan.hpp"
#endif
