#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/any_adversarial_loss.hpp"
#include "eigenerate/adversarial/any_adversary_term.hpp"
#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// A discriminator and the game it plays: the loss, and the terms that join it.
///
/// `learn` is the discriminator's side of a step, `fool` gives the gradient to whoever made the fakes. Real
/// and generated samples pass the discriminator apart, so batch statistics never mix them. Channel 0 of its
/// output, at every pixel, are the logits (a map of them is a PatchGAN); further channels are heads that the
/// loss and the penalties leave alone.
///
/// **Errors** `ConfigError` naming the layer where a term cannot pass it.
template <Scalar S = float>
class Adversary {
 public:
  Adversary(Network<S> discriminator, const LearnerOptions& options, AnyAdversarialLoss<S> loss,
            std::vector<AnyAdversaryTerm<S>> terms = {});

  Learner<S>& learner() { return learner_; }
  const Learner<S>& learner() const { return learner_; }
  Network<S>& network() { return learner_.network; }
  const Network<S>& network() const { return learner_.network; }
  const AnyAdversarialLoss<S>& loss() const { return loss_; }
  std::span<const AnyAdversaryTerm<S>> terms() const { return terms_; }

  /// Allocates what rounds of up to that many samples write.
  void prepare(Index max_batch);

  /// The discriminator's loss; adds its gradient to the learner's, and whoever trains it calls `update`.
  /// Buffers move. `values[i]` becomes the share of term i, where it acts in this step, which the loss does
  /// not contain.
  double learn(const AdversaryRound<S>& round, std::span<double> values);

  struct Fooled {
    double value;
    ConstView<S> d_fake;  ///< lies in the Adversary's memory
  };
  /// The loss of whoever made the fakes, with its gradient towards them, from the discriminator as it is now;
  /// nothing of it moves. Real samples pass again where the loss compares.
  Fooled fool(const AdversaryRound<S>& round);

  struct Scores {
    ConstView<S> real, fake;
  };
  /// The logits of both sides as predictions see them: nothing is learned.
  Scores score(ConstView<S> real, ConstView<S> fake, ConstView<S> condition);

 private:
  struct Memory {
    Memory(const Adversary& a, Index batch)
        : max_batch(batch),
          real(a.network().make_workspace(batch)),
          fake(a.network().make_workspace(batch)),
          real_logits(a.logits_per_sample() * batch),
          fake_logits(real_logits.size()),
          d_real(real_logits.size()),
          d_fake(real_logits.size()),
          dy(a.network().output_shape().size() * batch) {
      if (!a.terms_.empty()) penalty.emplace(a.network(), batch);
    }
    Index max_batch;
    Workspace<S> real, fake;
    Vector<S> real_logits, fake_logits, d_real, d_fake, dy;
    std::optional<PenaltyMemory<S>> penalty;
  };

  Index channels() const { return network().output_shape().channels; }
  Index logits_per_sample() const { return network().output_shape().pixels(); }

  Memory& prepared(Index batch);

  ConstView<S> pass(const AdversaryRound<S>& round, ConstView<S> x, Workspace<S>& workspace,
                    std::uint64_t lane, Buffers buffers, Vector<S>& logits);

  /// Channel 0 of every pixel and sample, one after another.
  ConstView<S> logits_of(ConstView<S> y, Vector<S>& logits) const;
  static View<S> logits_view(Vector<S>& memory, ConstView<S> logits) {
    return {memory.data(), 1, logits.size()};
  }

  /// The logits' gradient as that of the whole output: zero in the other heads.
  ConstView<S> output_gradient(Memory& m, View<S> d, Index batch) const;

  Learner<S> learner_;
  AnyAdversarialLoss<S> loss_;
  std::vector<AnyAdversaryTerm<S>> terms_;
  std::optional<Memory> memory_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(ADVERSARIAL)
#include "eigenerate/adversarial/detail/adversary.hpp"
#endif
