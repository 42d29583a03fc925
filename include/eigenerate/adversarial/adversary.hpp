#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/any_adversarial_loss.hpp"
#include "eigenerate/adversarial/any_adversary_term.hpp"
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
            std::vector<AnyAdversaryTerm<S>> terms = {})
      : learner_(std::move(discriminator), options), loss_(std::move(loss)), terms_(std::move(terms)) {
    loss_.validate();
    for (const auto& term : terms_) {
      term.validate();
      term.require(learner_.network);
    }
  }

  Learner<S>& learner() { return learner_; }
  const Learner<S>& learner() const { return learner_; }
  Network<S>& network() { return learner_.network; }
  const Network<S>& network() const { return learner_.network; }
  const AnyAdversarialLoss<S>& loss() const { return loss_; }
  std::span<const AnyAdversaryTerm<S>> terms() const { return terms_; }

  /// Allocates what rounds of up to that many samples write.
  void prepare(Index max_batch) {
    if (!memory_ || memory_->max_batch < max_batch) memory_.emplace(*this, max_batch);
  }

  /// The discriminator's loss; adds its gradient to the learner's, and whoever trains it calls `update`.
  /// Buffers move. `values[i]` becomes the share of term i, where it acts in this step, which the loss does
  /// not contain.
  double learn(const AdversaryRound<S>& round, std::span<double> values) {
    if (values.size() != terms_.size())
      fail<StateError>("{}: expected room for the values of {} terms, got {}", network().name(),
                       terms_.size(), values.size());
    Memory& m = prepared(round.real.cols());
    const ConstView<S> real = pass(round, round.real, m.real, 1, Buffers::update, m.real_logits),
                       fake = pass(round, round.fake, m.fake, 2, Buffers::update, m.fake_logits);
    const View<S> d_real = logits_view(m.d_real, real), d_fake = logits_view(m.d_fake, fake);
    const double value = loss_.discriminator(real, fake, d_real, d_fake);
    network().backward(output_gradient(m, d_real, round.real.cols()), m.real,
                       {.parameters = &learner_.gradients});
    network().backward(output_gradient(m, d_fake, round.fake.cols()), m.fake,
                       {.parameters = &learner_.gradients});
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      if (!terms_[i].acts(round.step)) continue;
      AdversaryRound<S> own = round;
      own.dropout = round.dropout.lane(i == 0 ? 3 : 5 + i);
      if (i > 0) own.random = round.random.lane(i);
      values[i] = terms_[i].learn(own, learner_.network, *m.penalty, learner_.gradients);
    }
    return value;
  }

  struct Fooled {
    double value;
    ConstView<S> d_fake;  ///< lies in the Adversary's memory
  };
  /// The loss of whoever made the fakes, with its gradient towards them, from the discriminator as it is now;
  /// nothing of it moves. Real samples pass again where the loss compares.
  Fooled fool(const AdversaryRound<S>& round) {
    Memory& m = prepared(round.fake.cols());
    ConstView<S> real;
    if (loss_.compares()) real = pass(round, round.real, m.real, 5, Buffers::keep, m.real_logits);
    const ConstView<S> fake = pass(round, round.fake, m.fake, 4, Buffers::keep, m.fake_logits);
    const View<S> d_fake = logits_view(m.d_fake, fake);
    const double value = loss_.generator(fake, real, d_fake);
    return {value, network().backward(output_gradient(m, d_fake, round.fake.cols()), m.fake, {.x = true}).x};
  }

  struct Scores {
    ConstView<S> real, fake;
  };
  /// The logits of both sides as predictions see them: nothing is learned.
  Scores score(ConstView<S> real, ConstView<S> fake, ConstView<S> condition) {
    Memory& m = prepared(real.cols());
    return {logits_of(network().forward({.x = real, .condition = condition}, m.real), m.real_logits),
            logits_of(network().forward({.x = fake, .condition = condition}, m.fake), m.fake_logits)};
  }

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

  Memory& prepared(Index batch) {
    if (!memory_ || memory_->max_batch < batch)
      fail<StateError>("{}: call prepare({}) before a round of that many samples", network().name(), batch);
    return *memory_;
  }

  ConstView<S> pass(const AdversaryRound<S>& round, ConstView<S> x, Workspace<S>& workspace,
                    std::uint64_t lane, Buffers buffers, Vector<S>& logits) {
    return logits_of(network().forward({.x = x,
                                        .condition = round.condition,
                                        .mode = Mode::train,
                                        .buffers = buffers,
                                        .random = round.dropout.lane(lane),
                                        .progress = round.progress},
                                       workspace),
                     logits);
  }

  /// Channel 0 of every pixel and sample, one after another.
  ConstView<S> logits_of(ConstView<S> y, Vector<S>& logits) const {
    const Index c = channels(), n = y.size() / c;
    if (c == 1) return {y.data(), 1, n};
    for (Index i = 0; i < n; ++i) logits(i) = y.data()[i * c];
    return {logits.data(), 1, n};
  }
  static View<S> logits_view(Vector<S>& memory, ConstView<S> logits) {
    return {memory.data(), 1, logits.size()};
  }

  /// The logits' gradient as that of the whole output: zero in the other heads.
  ConstView<S> output_gradient(Memory& m, View<S> d, Index batch) const {
    const Index c = channels(), rows = c * logits_per_sample();
    if (c == 1) return {d.data(), rows, batch};
    std::fill_n(m.dy.data(), rows * batch, S(0));
    for (Index i = 0; i < d.size(); ++i) m.dy(i * c) = d(i);
    return {m.dy.data(), rows, batch};
  }

  Learner<S> learner_;
  AnyAdversarialLoss<S> loss_;
  std::vector<AnyAdversaryTerm<S>> terms_;
  std::optional<Memory> memory_;
};

}  // namespace eigenerate
