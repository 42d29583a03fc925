#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/losses/l1.hpp"
#include "eigenerate/models/adversary_step.hpp"
#include "eigenerate/models/cycle_gan_options.hpp"
#include "eigenerate/models/discriminator_warnings.hpp"
#include "eigenerate/models/require_pairs.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// Translation of images, learned without pairs: a generator G from sources x to targets y and one back, F,
/// each with an `Adversary` that tells its translations from real samples. What keeps a translation true to
/// its source is that the way back ends where it began.
///
/// It learns from a dataset of targets whose conditions are sources, in any order (`data::unpaired`). In one
/// `train_step` each discriminator learns from real samples, the translations of the batch and those of
/// earlier steps; then both generators minimize, from the discriminators as they are now,
///
///     what fools the discriminator of y with G(x) + cycle_weight · mean |F(G(x)) − x|
///         + cycle_weight · identity_weight · mean |G(y) − y|,
///
/// and the same with the sides exchanged. Only translations of the batch move running statistics.
///
/// **Shapes** batch.condition: sources, features × n; batch.samples: targets, features × n. G maps the one
/// shape to the other, F the other way round; a discriminator of patches ends in a map of logits.
/// **Cost** each generator makes two passes of the batch, three with an identity term, forward and backward.
/// **Errors** `ShapeError` or `ConfigError` while building, and for batches without conditions.
/// **Source** Zhu, Park, Isola & Efros 2017, eq. 1 to 3 and section 5.2 (identity). They train the generators
/// first; the other order is that of all models here. They halve the discriminators' loss, which is nothing
/// to Adam.
template <Scalar S = float>
class CycleGan {
 public:
  using scalar_type = S;
  using Options = BasicCycleGanOptions<S>;

  /// G, F, the discriminator of targets and that of sources.
  CycleGan(AnyLayer<S> to_target, AnyLayer<S> to_source, AnyLayer<S> target_discriminator,
           AnyLayer<S> source_discriminator, Options options = {})
      : options_(validated(std::move(options))),
        directions_(make_directions(std::move(to_target), std::move(to_source),
                                    std::move(target_discriminator), std::move(source_discriminator),
                                    options_)) {}

  const Options& options() const { return options_; }
  Shape source_shape() const { return to_target().input_shape(); }
  Shape sample_shape() const { return to_target().output_shape(); }
  /// The interval that translations into targets cannot leave, where the last layer of G bounds them.
  std::optional<ValueRange> sample_range() const { return to_target().plan().output_range; }
  Network<S>& to_target() { return directions_[0].generator.network; }
  const Network<S>& to_target() const { return directions_[0].generator.network; }
  Network<S>& to_source() { return directions_[1].generator.network; }
  const Network<S>& to_source() const { return directions_[1].generator.network; }
  Network<S>& target_discriminator() { return directions_[0].adversary.network(); }
  const Network<S>& target_discriminator() const { return directions_[0].adversary.network(); }
  Network<S>& source_discriminator() { return directions_[1].adversary.network(); }
  const Network<S>& source_discriminator() const { return directions_[1].adversary.network(); }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index);

  /// `loss` (discriminator_loss + generator_loss), `discriminator_loss`, `generator_loss`, `cycle`,
  /// `identity` where it has a weight, and the figures of every term where it acts; each the sum of both
  /// directions. `cycle` and `identity` are mean absolute differences, before their weights.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures on held-out samples, without terms and with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext&);

  /// Warns of mode collapse and of a saturated discriminator in either direction, see `Players`.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&);
  /// Warns of last layers that bound what they should not, see `Players`; `range` is that of the targets.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range) const;

  std::vector<MetricName> figures() const;
  /// None: to translate nothing has the best cycle.
  std::optional<std::string_view> best_figure() const { return std::nullopt; }

  /// Those of G, F, the discriminator of targets and that of sources.
  std::array<Learner<S>*, 4> learners() { return list<Learner<S>>(*this); }
  std::array<const Learner<S>*, 4> learners() const { return list<const Learner<S>>(*this); }

  // ---- What users do with a trained model

  /// Targets of sources, features × n each. (A program that translates all the time keeps a
  /// `Predictor{model.to_target()}`.)
  Matrix<S> translate(ConstView<S> x) const { return to_target().predict(x); }
  /// Sources of targets.
  Matrix<S> translate_back(ConstView<S> y) const { return to_source().predict(y); }

 private:
  /// A generator, and who judges what it makes.
  struct Direction {
    Learner<S> generator;
    Adversary<S> adversary;
  };
  /// Everything a step writes besides the learners' own state, for each direction.
  struct Memory {
    Memory(const CycleGan& model, Index part);

    Index max_part;
    std::vector<Workspace<S>> made, again;  // translations; passes of the same generator besides
    std::array<Vector<S>, 2> d_made, d_again;
    UndoMemory<S> undo;
  };
  /// Parts of a direction's loss, before their weights.
  struct Learned {
    double game = 0, cycle = 0, identity = 0;
  };

  template <class L, class Self>
  static std::array<L*, 4> list(Self& self) {
    auto& [there, back] = self.directions_;
    return {&there.generator, &back.generator, &there.adversary.learner(), &back.adversary.learner()};
  }
  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static std::array<Direction, 2> make_directions(AnyLayer<S> to_target, AnyLayer<S> to_source,
                                                  AnyLayer<S> target_discriminator,
                                                  AnyLayer<S> source_discriminator, const Options& o);

  /// The batch of a direction: samples are its targets, conditions what it translates.
  static Batch<S> batch_of(std::size_t direction, const Batch<S>& batch);
  /// Noise of its own.
  static StepContext context_of(std::size_t direction, const StepContext& context);

  ConstView<S> translate(std::size_t direction, const BatchPart<S>& part, const StepContext& context,
                         Buffers buffers);
  /// What generators learn from one direction's game, its cycle and its identity term.
  Learned learn(std::size_t direction, const BatchPart<S>& part, const StepContext& context,
                ConstView<S> fake, std::span<double> terms);
  /// A pass of a generator besides its translation. Adds weight · mean |output − target| to what its learner
  /// learns, and gives the difference and, where it is wanted, the gradient of the input.
  std::pair<double, ConstView<S>> come_close(std::size_t direction, ConstView<S> x, ConstView<S> target,
                                             double weight, const RandomStream& random, double progress,
                                             bool wants_dx);
  double loss_of(const Learned& learned) const;
  Memory& prepared(const Batch<S>& batch, Index part);

  Options options_;
  std::array<Direction, 2> directions_;
  std::optional<Memory> memory_;
};

template <Layer ToTarget, Layer ToSource, Layer OfTargets, Layer OfSources>
CycleGan(ToTarget, ToSource, OfTargets, OfSources, BasicCycleGanOptions<ScalarOf<ToTarget>> = {})
    -> CycleGan<ScalarOf<ToTarget>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/cycle_gan.hpp"
#endif
