#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/models/adversary_step.hpp"
#include "eigenerate/models/discriminator_warnings.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// What a generator makes samples from, with the condition that it reads, the condition under which the
/// adversary judges them, and the latent vectors, where the adversary's terms may look at them.
template <Scalar S>
struct GeneratorInput {
  ConstView<S> x, condition = {}, judged_under = {}, latent = {};
};

/// A generator and the `Adversary` that it learns to fool: what models of these two players are made of. The
/// model says where the generator's input comes from, and what the generator learns besides.
///
/// One `train_step` is one discriminator step on its batch and as many generated samples (one pass each, so
/// batch statistics never mix real and generated), and at every `discriminator_steps`-th step a generator
/// step on the same generated samples. A player's step leaves the other one's parameters, moments and buffers
/// as they were.
///
/// **Errors** `ShapeError` for a discriminator that does not end in one logit, or a map of them, and the
/// heads of its terms.
/// **Source** Goodfellow et al. 2014, algorithm 1.
template <Scalar S = float>
class Players {
 public:
  using Fooled = typename Adversary<S>::Fooled;

  Players(std::string_view model, Learner<S> generator, Adversary<S> adversary,
          const GradientClipping& clipping, Index discriminator_steps = 1);

  Network<S>& generator() { return generator_.network; }
  const Network<S>& generator() const { return generator_.network; }
  Network<S>& discriminator() { return adversary_.network(); }
  const Network<S>& discriminator() const { return adversary_.network(); }
  std::array<Learner<S>*, 2> learners() { return {&generator_, &adversary_.learner()}; }
  std::array<const Learner<S>*, 2> learners() const { return {&generator_, &adversary_.learner()}; }

  /// Allocates what steps in parts of up to that many samples write.
  void prepare(Index max_part);
  bool prepared_for(Index part) const { return memory_ && memory_->max_part >= part; }

  /// `inputs(part)` is the generator's input for a part of the batch; `judge(part, fake, fooled)` adds what
  /// the generator learns besides to the value and the gradient that the adversary gives it.
  ///
  /// The figures are `loss` (discriminator_loss + generator_loss), `discriminator_loss` (real and generated
  /// parts, and the terms), `generator_loss` in steps that train the generator, terms included, and the
  /// figures of every term in steps in which it acts.
  template <class Inputs, class Judge>
  StepMetrics train_step(const BatchParts<S>& parts, const StepContext& context, const Inputs& inputs,
                         const Judge& judge) {
    Memory& m = *memory_;
    const bool generator_turn = (context.step + 1) % static_cast<std::uint64_t>(discriminator_steps_) == 0;
    const auto learners = this->learners();
    // The generator may yet fail, after the discriminator has learned.
    StepTransaction<S> step(m.undo, learners,
                            context.undoable && generator_turn ? UndoScope::everything : UndoScope::buffers);
    const RandomStream dropout = context.stream(Purpose::dropout);
    std::optional<ConstView<S>> fake;
    const auto generate = [&](const BatchPart<S>& part, const GeneratorInput<S>& input, Buffers buffers) {
      fake.emplace(generator_.network.forward({.x = input.x,
                                               .condition = input.condition,
                                               .mode = Mode::train,
                                               .buffers = buffers,
                                               .random = part.stream(dropout).lane(0),
                                               .progress = context.progress},
                                              m.generator));
    };

    StepMetrics metrics;
    metrics.set("loss", 0, 0);
    const double discriminator_loss =
        adversary_step(adversary_, parts, context, clipping_, metrics, [&](const BatchPart<S>& part) {
          const GeneratorInput<S> input = inputs(part);
          // Only a generator that is about to learn may update its batch statistics.
          generate(part, input, generator_turn ? Buffers::update : Buffers::keep);
          return adversary_round(part, context, *fake, input.judged_under, input.latent);
        });
    if (!generator_turn) {
      step.commit();
      return metrics;
    }

    double generator_loss = 0;
    const Learners<S> of_generator = std::span(learners).first(1);
    fooling_step(
        adversary_, parts, context, of_generator, metrics,
        [&](const BatchPart<S>& part, Buffers buffers) { generate(part, inputs(part), buffers); },
        [&](const BatchPart<S>& part, std::span<double> terms) {
          const GeneratorInput<S> input = inputs(part);
          const Fooled learned =
              judge(part, *fake,
                    adversary_.fool(adversary_round(part, context, *fake, input.judged_under, input.latent),
                                    terms));
          generator_.network.backward(learned.d_fake, m.generator, {.parameters = &generator_.gradients});
          generator_loss += part.share * learned.value;
        });
    update<S>(context, clipping_, generator_loss, of_generator);
    step.commit();
    metrics.set("generator_loss", generator_loss);
    metrics.set("loss", discriminator_loss + generator_loss);
    return metrics;
  }

  /// The generator's samples as predictions see them, valid until its next pass.
  ConstView<S> generate(const GeneratorInput<S>& input) {
    return generator_.network.forward({.x = input.x, .condition = input.condition}, memory_->generator);
  }

  /// The losses of both players on held-out samples and generated ones, without penalty and with nothing
  /// learned.
  StepMetrics evaluate(ConstView<S> real, ConstView<S> fake, ConstView<S> condition);

  /// Warns of mode collapse, where generated samples vary less than a tenth as much as real ones do, and of
  /// a saturated discriminator.
  std::vector<Warning> health(ConstView<S> real, ConstView<S> fake, ConstView<S> condition);

  /// Warns of a discriminator that ends in an activation where logits are expected, of a generator whose last
  /// layer keeps it from values of the data, which fill `range`, and of a Wasserstein critic that nothing
  /// keeps Lipschitz.
  std::vector<Warning> setup_warnings(const ValueRange& range) const;

  /// The names of the figures that steps report.
  std::vector<MetricName> figures() const {
    return with_figures_of_terms({"loss", "discriminator_loss", "generator_loss"}, adversary_);
  }

 private:
  /// Everything a step writes besides the learners' own state.
  struct Memory {
    Memory(const Network<S>& network, Index batch)
        : max_part(batch), generator(network.make_workspace(batch)) {}

    Index max_part;
    Workspace<S> generator;
    UndoMemory<S> undo;
  };

  Learner<S> generator_;
  Adversary<S> adversary_;
  GradientClipping clipping_;
  Index discriminator_steps_;
  std::optional<Memory> memory_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/players.hpp"
#endif
