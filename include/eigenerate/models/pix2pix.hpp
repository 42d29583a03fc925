#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/losses/l1.hpp"
#include "eigenerate/models/pix2pix_options.hpp"
#include "eigenerate/models/players.hpp"
#include "eigenerate/models/require_pairs.hpp"

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
  using Options = BasicPix2PixOptions<S>;

  Pix2Pix(AnyLayer<S> generator, AnyLayer<S> discriminator, Options options = {})
      : options_(validated(options)),
        players_(make_players(std::move(generator), std::move(discriminator), options_)) {}

  const Options& options() const { return options_; }
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
  void prepare(Index max_part, Index);

  /// The figures of `Players`, and `l1`, the mean absolute difference, which is `l1_weight` times a part of
  /// `generator_loss`.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures on held-out pairs, without penalties and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext&);

  /// Warns of mode collapse and of a saturated discriminator, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&);
  /// Warns of last layers that bound what they should not, see `Players`.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const {
    return players_.setup_warnings(range);
  }

  std::vector<MetricName> figures() const;
  /// How close translations come; the players' losses depend on each other.
  std::optional<std::string_view> best_figure() const { return "l1"; }

  std::array<Learner<S>*, 2> learners() { return players_.learners(); }
  std::array<const Learner<S>*, 2> learners() const { return players_.learners(); }

  // ---- What users do with a trained model

  /// The generator's sample for every condition. (A program that translates all the time keeps a
  /// `Predictor{model.generator()}`.)
  /// **Shapes** x: source features × n → target features × n.
  Matrix<S> translate(ConstView<S> x) const { return generator().predict(x); }

  /// The discriminator's outputs for samples y in the sight of their conditions x: one logit, or one for
  /// every patch, positive where it takes the pair for real.
  Matrix<S> discriminate(ConstView<S> x, ConstView<S> y) const { return discriminator().predict(y, x); }

 private:
  static Options validated(Options options);
  static Players<S> make_players(AnyLayer<S> generator, AnyLayer<S> discriminator, const Options& o);

  static GeneratorInput<S> input(const Batch<S>& pairs) {
    return {.x = pairs.condition, .judged_under = pairs.condition};
  }

  void require(const Batch<S>& batch, Index part) const;

  Options options_;
  Players<S> players_;
  Vector<S> d_sample_;  // target features × a part
};

template <Layer Generator, Layer Discriminator>
Pix2Pix(Generator, Discriminator, BasicPix2PixOptions<ScalarOf<Generator>> = {})
    -> Pix2Pix<ScalarOf<Generator>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/pix2pix.hpp"
#endif
