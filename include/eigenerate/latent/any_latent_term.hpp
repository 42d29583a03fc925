#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/latent/latent_term.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// A term as it plays in one model, with its memory and, where it learns, its learner.
template <Scalar S>
class LatentPlayer {
 public:
  virtual ~LatentPlayer() = default;
  virtual std::unique_ptr<LatentPlayer> copy() const = 0;
  /// For rounds of up to so many inputs, with so many latent vectors of all of them together.
  virtual void prepare(Index inputs, Index samples) = 0;
  /// Null where it has none.
  virtual Learner<S>* learner() = 0;
  virtual const Learner<S>* learner() const = 0;
  /// See `LatentTerm`.
  virtual double add(const LatentRound<S>& round, View<S> dz, View<S> dh) = 0;
  /// Of the last round.
  virtual double learner_loss() const = 0;
};

/// Any term on latent vectors behind one type. Copies share the wrapped term, which is immutable.
template <Scalar S = float>
class AnyLatentTerm {
 public:
  template <class T>
  requires(!std::same_as<T, AnyLatentTerm> && LatentTermOf<T, S>)
      AnyLatentTerm(T term)  // implicit: `.terms = {TotalCorrelation{}}`
      : term_(hold(std::move(term))) {}

  std::string_view kind() const { return held().kind(); }
  /// The names of the figures by which it reports its share of the loss, and the loss of its learner; empty
  /// where it has none.
  std::string_view figure() const { return held().figure(); }
  std::string_view learner_figure() const { return held().learner_figure(); }
  /// Whether it compares with vectors of the prior.
  bool draws_prior() const { return held().draws_prior(); }
  void validate() const { held().validate(); }
  /// What plays it in a model; `ConfigError` where that does not fit it.
  std::unique_ptr<LatentPlayer<S>> start(const LatentTermSetup<S>& setup) const {
    return held().start(setup);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual std::string_view figure() const = 0;
    virtual std::string_view learner_figure() const = 0;
    virtual bool draws_prior() const = 0;
    virtual void validate() const = 0;
    virtual std::unique_ptr<LatentPlayer<S>> start(const LatentTermSetup<S>&) const = 0;
  };

  template <class T>
  struct FunctionPlayer final : LatentPlayer<S> {
    FunctionPlayer(const T& t, Index size) : term(t), latent(size) {}
    std::unique_ptr<LatentPlayer<S>> copy() const override { return std::make_unique<FunctionPlayer>(*this); }
    void prepare(Index inputs, Index samples) override {
      memory = Vector<S>(term.memory(latent, inputs, samples));
    }
    Learner<S>* learner() override { return nullptr; }
    const Learner<S>* learner() const override { return nullptr; }
    double add(const LatentRound<S>& round, View<S> dz, View<S> dh) override {
      return term.add(round, memory.data(), dz, dh);
    }
    double learner_loss() const override { return 0; }
    T term;
    Index latent;
    Vector<S> memory;
  };

  template <class P>
  struct GamePlayer final : LatentPlayer<S> {
    explicit GamePlayer(P p) : player(std::move(p)) {}
    std::unique_ptr<LatentPlayer<S>> copy() const override { return std::make_unique<GamePlayer>(*this); }
    void prepare(Index inputs, Index samples) override { player.prepare(inputs, samples); }
    Learner<S>* learner() override { return &player.learner(); }
    const Learner<S>* learner() const override { return &player.learner(); }
    double add(const LatentRound<S>& round, View<S> dz, View<S> dh) override {
      return player.add(round, dz, dh);
    }
    double learner_loss() const override { return player.learner_loss(); }
    P player;
  };

  template <class T>
  struct Held final : Contract {
    explicit Held(T given) : term(std::move(given)) {}
    std::string_view kind() const override { return T::kind; }
    std::string_view figure() const override { return T::figure; }
    std::string_view learner_figure() const override {
      if constexpr (LatentGameOf<T, S>)
        return T::learner_figure;
      else
        return {};
    }
    bool draws_prior() const override {
      if constexpr (requires { T::draws_prior; })
        return T::draws_prior;
      else
        return false;
    }
    void validate() const override {
      if constexpr (requires { term.validate(); }) term.validate();
    }
    std::unique_ptr<LatentPlayer<S>> start(const LatentTermSetup<S>& setup) const override {
      validate();
      if constexpr (requires { term.require(setup); }) term.require(setup);
      if constexpr (LatentGameOf<T, S>) {
        auto player = term.template start<S>(setup);
        return std::make_unique<GamePlayer<decltype(player)>>(std::move(player));
      } else {
        return std::make_unique<FunctionPlayer<T>>(term, setup.latent);
      }
    }
    const T term;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class T>
  static std::shared_ptr<const Contract> hold(T term);

  const Contract& held() const {
    if (!term_) fail_moved_from("latent term");
    return *term_;
  }

  std::shared_ptr<const Contract> term_;
};

template <Scalar S>
template <class T>
auto AnyLatentTerm<S>::hold(T term) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<T>>(std::move(term));
}

}  // namespace eigenerate
