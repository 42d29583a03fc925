#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/any_latent_term.hpp"
#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// The terms on the latent vectors of one model: a list that plays, beside an objective, in every training
/// step. A copy has learners of its own.
///
/// **Errors** `ConfigError` while building: where a term does not fit the model, where two report by one
/// name, and where one compares with vectors of a prior that has parameters, which drawing does not train.
template <Scalar S>
class LatentTerms {
 public:
  LatentTerms(std::vector<AnyLatentTerm<S>> terms, const Autoencoder<S>& a, LatentTermSetup<S> setup);
  LatentTerms(const LatentTerms& other) { *this = other; }
  LatentTerms& operator=(const LatentTerms& other);
  LatentTerms(LatentTerms&&) = default;
  LatentTerms& operator=(LatentTerms&&) = default;
  ~LatentTerms() = default;

  /// Allocates what rounds of up to so many inputs and latent vectors write.
  void prepare(const Autoencoder<S>& a, Index inputs, Index samples);

  /// The shares of all terms in the loss; adds the gradients of these to dz and dh, and those of the
  /// learners' own losses to the learners'. Vectors of the prior are drawn from lane 0 of the round's stream,
  /// term t draws from lane t + 1; networks' noise is from lane t + 16.
  double add(const Autoencoder<S>& a, LatentRound<S> round, View<S> dz, View<S> dh);

  /// Calls `f(name, value)` for each figure of the last round.
  template <class F>
  void for_each_figure(const F& f) const {
    for (const Playing& p : playing_) {
      f(p.term.figure(), p.share);
      if (p.player->learner()) f(p.term.learner_figure(), p.player->learner_loss());
    }
  }

  /// Adds the learners to a list of them.
  template <class List>
  void add_learners(List& list) {
    for (Playing& p : playing_)
      if (p.player->learner()) list.add(*p.player->learner());
  }
  template <class List>
  void add_learners(List& list) const {
    for (const Playing& p : playing_)
      if (const LatentPlayer<S>& player = *p.player; player.learner()) list.add(*player.learner());
  }

  /// Each learner's step, by itself: they do not learn from the model's loss.
  void update(const StepContext& context, const GradientClipping& clipping, double loss);
  /// What a step must be able to take back.
  UndoScope undo_scope(const StepContext& context) const;

 private:
  struct Playing {
    AnyLatentTerm<S> term;
    std::unique_ptr<LatentPlayer<S>> player;
    double share = 0;
  };

  std::vector<Playing> playing_;
  std::optional<PriorMemory<S>> prior_;
  Vector<S> drawn_;
};

#if EIGENERATE_DEFINES(LATENT)

template <Scalar S>
LatentTerms<S>::LatentTerms(std::vector<AnyLatentTerm<S>> terms, const Autoencoder<S>& a,
                            LatentTermSetup<S> setup) {
  setup.latent = a.latent_size();
  setup.posterior = &a.posterior();
  setup.prior = &a.prior();
  for (auto& term : terms) {
    if (term.draws_prior() && a.prior_learner())
      fail<ConfigError>(
          "{}: latent vectors are only drawn from the prior, so it would not train the parameters of a {}; "
          "take a prior without any",
          term.kind(), a.prior().kind());
    for (const Playing& p : playing_)
      if (p.term.figure() == term.figure() ||
          (!term.learner_figure().empty() && p.term.learner_figure() == term.learner_figure()))
        fail<ConfigError>("{}: reports by the name of another term, {}", term.kind(), p.term.kind());
    auto player = term.start(setup);
    playing_.push_back({std::move(term), std::move(player)});
  }
}

template <Scalar S>
LatentTerms<S>& LatentTerms<S>::operator=(const LatentTerms& other) {
  if (this == &other) return *this;
  playing_.clear();
  for (const Playing& p : other.playing_) playing_.push_back({p.term, p.player->copy(), p.share});
  prior_ = other.prior_;
  drawn_ = other.drawn_;
  return *this;
}

template <Scalar S>
void LatentTerms<S>::prepare(const Autoencoder<S>& a, Index inputs, Index samples) {
  for (Playing& p : playing_) {
    p.player->prepare(inputs, samples);
    if (!p.term.draws_prior()) continue;
    prior_.emplace(a, 1, samples);
    drawn_ = Vector<S>(a.latent_size() * samples);
  }
}

template <Scalar S>
double LatentTerms<S>::add(const Autoencoder<S>& a, LatentRound<S> round, View<S> dz, View<S> dh) {
  const RandomStream random = round.random, dropout = round.dropout;
  if (prior_) {
    View<S> drawn(drawn_.data(), round.z.rows(), round.z.cols());
    a.draw_latent(random.lane(0), drawn, *prior_);
    round.prior = drawn;
  }
  round.posterior = &a.posterior();
  double sum = 0;
  for (std::size_t t = 0; t < playing_.size(); ++t) {
    round.random = random.lane(t + 1);
    round.dropout = dropout.lane(t + 16);
    sum += playing_[t].share = playing_[t].player->add(round, dz, dh);
  }
  return sum;
}

template <Scalar S>
void LatentTerms<S>::update(const StepContext& context, const GradientClipping& clipping, double loss) {
  for (Playing& p : playing_)
    if (Learner<S>* const learner = p.player->learner())
      eigenerate::update<S>(context, clipping, loss, Learners<S>(&learner, 1));
}

template <Scalar S>
UndoScope LatentTerms<S>::undo_scope(const StepContext& context) const {
  for (const Playing& p : playing_)
    if (context.undoable && p.player->learner()) return UndoScope::everything;
  return UndoScope::buffers;
}

EIGENERATE_INSTANTIATE_CLASS(LatentTerms)

#endif

}  // namespace eigenerate
