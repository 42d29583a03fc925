#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/any_adversarial_loss.hpp"
#include "eigenerate/adversarial/any_adversary_term.hpp"
#include "eigenerate/adversarial/fooling.hpp"
#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What an `Adversary` judges at a time.
struct Judging {
  Index packing = 1;  ///< samples that it judges as one
  Index history = 0;  ///< fakes of earlier steps that it keeps, and learns from among new ones
};

/// A discriminator and the game it plays: the loss, and the terms that join it.
///
/// `learn` is the discriminator's side of a step, `fool` gives the gradient to whoever made the fakes. Real
/// and generated samples pass the discriminator apart, so batch statistics never mix them. Channel 0 of its
/// output, at every pixel, are the logits (a map of them is a PatchGAN); behind them lie the heads of the
/// terms that have one, in the order of the terms. Further channels are left alone.
///
/// With a packing of k it judges k samples as one: k columns one after another are a column of its input, a
/// pack (`PackChannels` puts them side by side). Losses are means over packs, and terms see packs for
/// samples, so that penalties are exact for them. Samples that fill no pack, at the end of a round, are left
/// out: they are not judged, and their gradient is zero.
///
/// With a history it learns from fakes of earlier steps too (see `make_sample_history`), which whoever makes
/// them does not.
///
/// **Errors** `ConfigError` naming the layer where a penalty cannot pass it, or the term whose head the
/// output has no room for; for a packing that the discriminator's input cannot be cut by, and one under a
/// condition or with a head that tells labels or codes, which belong to one sample; for a history with the
/// same. `ShapeError` for a round of less than a pack.
/// **Source** packing: Lin et al. 2018, section 2.
template <Scalar S = float>
class Adversary {
 public:
  Adversary(Network<S> discriminator, const LearnerOptions& options, AnyAdversarialLoss<S> loss,
            std::vector<AnyAdversaryTerm<S>> terms = {}, const Judging& judging = {});

  Learner<S>& learner() { return learner_; }
  const Learner<S>& learner() const { return learner_; }
  Network<S>& network() { return learner_.network; }
  const Network<S>& network() const { return learner_.network; }
  const AnyAdversarialLoss<S>& loss() const { return loss_; }
  std::span<const AnyAdversaryTerm<S>> terms() const { return terms_; }
  /// Samples that it judges as one.
  Index packing() const { return judging_.packing; }

  /// `ShapeError` unless the output is the logit and the heads of the terms, and no more; `who` plays.
  void require_outputs(std::string_view who) const;

  /// Allocates what rounds of up to that many samples write.
  void prepare(Index max_batch) {
    if (!memory_ || memory_->max_batch < max_batch) memory_.emplace(*this, max_batch);
  }

  /// The discriminator's loss; adds its gradient to the learner's, and whoever trains it calls `update`.
  /// Buffers move. `values[i]` becomes the share of term i, where it acts in this step, which the loss does
  /// not contain.
  double learn(const AdversaryRound<S>& round, std::span<double> values);

  struct Fooled {
    double value;         ///< the shares of the terms included
    ConstView<S> d_fake;  ///< towards the samples of whoever learns; lies in the Adversary's memory
  };
  /// The loss of whoever made the fakes, with its gradient towards them, from the discriminator as it is now;
  /// nothing of it moves. Real samples pass again where the loss or a term compares. `values[i]` becomes the
  /// share of term i, where it has one and they are wanted.
  ///
  /// For whoever made the real side the sides change places, also for the terms, and logits are mirrored at
  /// the one that is `undecided`.
  Fooled fool(const AdversaryRound<S>& round, std::span<double> values = {}, const Fooling& how = {});

  struct Scores {
    ConstView<S> real, fake;
  };
  /// The logits of both sides as predictions see them: nothing is learned.
  Scores score(ConstView<S> real, ConstView<S> fake, ConstView<S> condition);
  /// The loss of whoever fools with these logits, without terms.
  double fooled(const Scores& logits, Maker maker = Maker::of_fakes);

 private:
  struct Memory {
    Memory(const Adversary& a, Index batch) : Memory(a, batch, std::max<Index>(batch / a.packing(), 1)) {}
    Memory(const Adversary& a, Index batch, Index packs)
        : max_batch(batch), real(a.network(), a.heads_, packs), fake(a.network(), a.heads_, packs) {
      for (const auto& term : a.terms_) {
        if (term.is_penalty() && !penalty) penalty.emplace(a.network(), packs);
        if (!term.plan().passes || own) continue;
        own.emplace(a.network(), a.heads_, packs);
        own_samples = Vector<S>(a.network().input_shape().size() * packs);
      }
      if (a.packing() > 1) d_fake = Vector<S>(a.sample_size() * batch);
      if (a.judging_.history > 0) shown = Vector<S>(a.sample_size() * batch);
      mirrored = Vector<S>(2 * a.network().output_shape().pixels() * packs);
    }
    Index max_batch;  // of samples
    DiscriminatorPass<S> real, fake;
    std::optional<DiscriminatorPass<S>> own;  // of terms that pass once more, in turn
    Vector<S> own_samples;
    std::optional<PenaltyMemory<S>> penalty;
    Vector<S> d_fake;    // of all samples, where they are packed
    Vector<S> shown;     // fakes, new ones and earlier ones
    Vector<S> mirrored;  // logits of both sides
  };

  /// Channels of the output: the logit and the heads so far.
  Index expected_channels() const;
  void require_room(std::span<double> values) const;
  /// The loss of whoever fools with `own` against `other`, which may be empty where the loss does not
  /// compare; writes the gradient where it is wanted.
  double loss_of(Maker maker, Memory& m, ConstView<S> own, ConstView<S> other,
                 View<S> d_own = unwanted<S>()) const;
  Memory& prepared(Index batch);

  Index sample_size() const { return network().input_shape().size() / packing(); }
  /// The samples as what the discriminator judges.
  ConstView<S> packs(ConstView<S> x) const {
    return packing() == 1 ? x : ConstView<S>(x.data(), x.rows() * packing(), x.cols() / packing());
  }
  AdversaryRound<S> packed(const AdversaryRound<S>& round) const;
  /// The fakes that it learns from.
  ConstView<S> shown(Memory& m, const AdversaryRound<S>& round);
  /// The gradient of packs as that of n samples.
  ConstView<S> unpacked(Memory& m, ConstView<S> d_packs, Index n) const;

  static PassInput<S> pass_of(const AdversaryRound<S>& round, ConstView<S> x, std::uint64_t lane,
                              Buffers buffers);
  /// A round for term i, with random numbers of its own.
  static std::uint64_t lane_of(std::size_t i) { return i == 0 ? 3 : 5 + i; }
  static AdversaryRound<S> round_of(const AdversaryRound<S>& round, std::size_t i);
  static TermSide<S> side_of(DiscriminatorPass<S>& pass, std::size_t i) {
    return {pass.x(), pass.logits(), pass.head(i), pass.d_logits(), pass.d_head(i)};
  }

  /// For a term that plans one.
  TermPass<S> own_pass(Memory& m, const AdversaryRound<S>& own);

  Learner<S> learner_;
  AnyAdversarialLoss<S> loss_;
  std::vector<AnyAdversaryTerm<S>> terms_;
  std::vector<Index> heads_;  // channels of each term's; 0 for none
  Judging judging_;
  std::optional<Memory> memory_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(ADVERSARIAL)
#include "eigenerate/adversarial/detail/adversary.hpp"
#endif
