#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
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
/// output, at every pixel, are the logits (a map of them is a PatchGAN); behind them lie the heads of the
/// terms that have one, in the order of the terms. Further channels are left alone.
///
/// **Errors** `ConfigError` naming the layer where a penalty cannot pass it, or the term whose head the
/// output has no room for.
template <Scalar S = float>
class Adversary {
 public:
  Adversary(Network<S> discriminator, const LearnerOptions& options, AnyAdversarialLoss<S> loss,
            std::vector<AnyAdversaryTerm<S>> terms = {})
      : learner_(std::move(discriminator), options), loss_(std::move(loss)), terms_(std::move(terms)) {
    loss_.validate();
    for (const auto& term : terms_) {
      term.validate();
      const Index channels = network().output_shape().channels, begin = expected_channels();
      heads_.push_back(term.plan().channels);
      if (expected_channels() > channels)
        fail<ConfigError>(
            "{}: the head of {} takes channels {} to {} behind the logit, but the discriminator ends in {}",
            network().name(), term.kind(), begin, expected_channels() - 1, channels);
      term.require(network());
    }
  }

  Learner<S>& learner() { return learner_; }
  const Learner<S>& learner() const { return learner_; }
  Network<S>& network() { return learner_.network; }
  const Network<S>& network() const { return learner_.network; }
  const AnyAdversarialLoss<S>& loss() const { return loss_; }
  std::span<const AnyAdversaryTerm<S>> terms() const { return terms_; }

  /// `ShapeError` unless the output is the logit and the heads of the terms, and no more; `who` plays.
  void require_outputs(std::string_view who) const {
    if (network().output_shape().channels == expected_channels()) return;
    std::string heads;
    for (std::size_t i = 0; i < terms_.size(); ++i)
      if (heads_[i] > 0) heads += fmt::format(" and {} channels for {}", heads_[i], terms_[i].kind());
    fail<ShapeError>("{}: the discriminator must end in one logit{}, got an output of shape {}", who, heads,
                     to_string(network().output_shape()));
  }

  /// Allocates what rounds of up to that many samples write.
  void prepare(Index max_batch) {
    if (!memory_ || memory_->real.max_batch() < max_batch) memory_.emplace(*this, max_batch);
  }

  /// The discriminator's loss; adds its gradient to the learner's, and whoever trains it calls `update`.
  /// Buffers move. `values[i]` becomes the share of term i, where it acts in this step, which the loss does
  /// not contain.
  double learn(const AdversaryRound<S>& round, std::span<double> values) {
    require_room(values);
    Memory& m = prepared(round.real.cols());
    m.real.run(network(), pass_of(round, round.real, 1, Buffers::update));
    m.fake.run(network(), pass_of(round, round.fake, 2, Buffers::update));
    const double value =
        loss_.discriminator(m.real.logits(), m.fake.logits(), m.real.d_logits(), m.fake.d_logits());
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      if (terms_[i].is_penalty() || terms_[i].figure().empty()) continue;
      const AdversaryRound<S> own = round_of(round, i);
      values[i] = terms_[i].learn(own, side_of(m.real, i), side_of(m.fake, i), own_pass(m, own));
    }
    m.real.backward(network(), {.parameters = &learner_.gradients});
    m.fake.backward(network(), {.parameters = &learner_.gradients});
    for (std::size_t i = 0; i < terms_.size(); ++i)
      if (terms_[i].is_penalty() && terms_[i].acts(round.step))
        values[i] =
            terms_[i].learn(round_of(round, i), std::as_const(network()), *m.penalty, learner_.gradients);
    return value;
  }

  struct Fooled {
    double value;         ///< the shares of the terms included
    ConstView<S> d_fake;  ///< lies in the Adversary's memory
  };
  /// The loss of whoever made the fakes, with its gradient towards them, from the discriminator as it is now;
  /// nothing of it moves. Real samples pass again where the loss or a term compares. `values[i]` becomes the
  /// share of term i, where it has one and they are wanted.
  Fooled fool(const AdversaryRound<S>& round, std::span<double> values = {}) {
    if (!values.empty()) require_room(values);
    Memory& m = prepared(round.fake.cols());
    const bool compares = loss_.compares() || std::any_of(terms_.begin(), terms_.end(), [](const auto& term) {
                            return term.plan().compares;
                          });
    if (compares) m.real.run(network(), pass_of(round, round.real, 5, Buffers::keep));
    m.fake.run(network(), pass_of(round, round.fake, 4, Buffers::keep));
    double value = loss_.generator(m.fake.logits(), loss_.compares() ? m.real.logits() : ConstView<S>(),
                                   m.fake.d_logits());
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      if (terms_[i].fool_figure().empty()) continue;
      TermSide<S> real;
      if (terms_[i].plan().compares) real = {m.real.x(), m.real.logits(), m.real.head(i)};
      const double share = terms_[i].fool(round_of(round, i), side_of(m.fake, i), real);
      if (!values.empty()) values[i] = share;
      value += share;
    }
    return {value, m.fake.backward(network(), {.x = true})};
  }

  struct Scores {
    ConstView<S> real, fake;
  };
  /// The logits of both sides as predictions see them: nothing is learned.
  Scores score(ConstView<S> real, ConstView<S> fake, ConstView<S> condition) {
    Memory& m = prepared(real.cols());
    m.real.run(std::as_const(network()), {.x = real, .condition = condition});
    m.fake.run(std::as_const(network()), {.x = fake, .condition = condition});
    return {m.real.logits(), m.fake.logits()};
  }

 private:
  struct Memory {
    Memory(const Adversary& a, Index batch)
        : real(a.network(), a.heads_, batch), fake(a.network(), a.heads_, batch) {
      for (const auto& term : a.terms_) {
        if (term.is_penalty() && !penalty) penalty.emplace(a.network(), batch);
        if (!term.plan().passes || own) continue;
        own.emplace(a.network(), a.heads_, batch);
        own_samples = Vector<S>(a.network().input_shape().size() * batch);
      }
    }
    DiscriminatorPass<S> real, fake;
    std::optional<DiscriminatorPass<S>> own;  // of terms that pass once more, in turn
    Vector<S> own_samples;
    std::optional<PenaltyMemory<S>> penalty;
  };

  /// Channels of the output: the logit and the heads so far.
  Index expected_channels() const {
    Index sum = 1;
    for (const Index n : heads_) sum += n;
    return sum;
  }
  void require_room(std::span<double> values) const {
    if (values.size() != terms_.size())
      fail<StateError>("{}: expected room for the values of {} terms, got {}", network().name(),
                       terms_.size(), values.size());
  }
  Memory& prepared(Index batch) {
    if (!memory_ || memory_->real.max_batch() < batch)
      fail<StateError>("{}: call prepare({}) before a round of that many samples", network().name(), batch);
    return *memory_;
  }

  static PassInput<S> pass_of(const AdversaryRound<S>& round, ConstView<S> x, std::uint64_t lane,
                              Buffers buffers) {
    return {.x = x,
            .condition = round.condition,
            .mode = Mode::train,
            .buffers = buffers,
            .random = round.dropout.lane(lane),
            .progress = round.progress};
  }
  /// A round for term i, with random numbers of its own.
  static std::uint64_t lane_of(std::size_t i) { return i == 0 ? 3 : 5 + i; }
  static AdversaryRound<S> round_of(const AdversaryRound<S>& round, std::size_t i) {
    AdversaryRound<S> own = round;
    own.dropout = round.dropout.lane(lane_of(i));
    if (i > 0) own.random = round.random.lane(i);
    return own;
  }
  static TermSide<S> side_of(DiscriminatorPass<S>& pass, std::size_t i) {
    return {pass.x(), pass.logits(), pass.head(i), pass.d_logits(), pass.d_head(i)};
  }

  /// For a term that plans one.
  TermPass<S> own_pass(Memory& m, const AdversaryRound<S>& own) {
    if (!m.own) return {};
    PassInput<S> how = pass_of(own, {}, 0, Buffers::keep);
    how.random = own.dropout;
    return {&network(), &*m.own, &learner_.gradients, how, m.own_samples.data()};
  }

  Learner<S> learner_;
  AnyAdversarialLoss<S> loss_;
  std::vector<AnyAdversaryTerm<S>> terms_;
  std::vector<Index> heads_;  // channels of each term's; 0 for none
  std::optional<Memory> memory_;
};

}  // namespace eigenerate
