#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "eigenerate/adversarial/accumulate_gradient_penalty.hpp"
#include "eigenerate/adversarial/adversary_term.hpp"

namespace eigenerate {

/// What the penalties of one discriminator write; they take turns.
template <Scalar S>
struct PenaltyMemory {
  PenaltyMemory(const Network<S>& discriminator, Index max_batch)
      : workspace(discriminator.make_workspace(max_batch, SecondOrder::yes)),
        scratch(discriminator, max_batch),
        x_hat(discriminator.input_shape().size(), max_batch) {}

  Workspace<S> workspace;
  GradientPenaltyScratch<S> scratch;
  Matrix<S> x_hat;
};

/// Any term of an `Adversary` behind one type: a penalty, or a term on outputs. Copies share the wrapped
/// term, which is immutable.
template <Scalar S = float>
class AnyAdversaryTerm {
 public:
  template <class P>
  requires(!std::same_as<P, AnyAdversaryTerm> && (AdversaryPenalty<P> || AdversaryOutputTermOf<P, S>))
      AnyAdversaryTerm(P term)  // implicit: `.terms = {R1{}, ClassHead{}}`
      : term_(hold(std::move(term))) {}

  std::string_view kind() const { return held().kind(); }
  /// The name of the figure that it reports of the discriminator's loss, and of the loss of whoever made the
  /// fakes; empty where it takes no part in that one.
  std::string_view figure() const { return held().figure(); }
  std::string_view fool_figure() const { return held().fool_figure(); }
  void validate() const { held().validate(); }
  /// `ConfigError` where the discriminator does not fit the term, naming the layer that a penalty cannot
  /// pass.
  void require(const Network<S>& discriminator) const { held().require(discriminator); }
  /// Whether it is taken in that step.
  bool acts(std::uint64_t step) const { return step % static_cast<std::uint64_t>(held().every()) == 0; }
  /// Whether it is a penalty; else it is a term on outputs, and `plan` says what it asks for.
  bool is_penalty() const { return held().is_penalty(); }
  OutputTermPlan plan() const { return held().plan(); }

  /// A penalty's value; adds its exact gradient to the discriminator's.
  double learn(const AdversaryRound<S>& round, const Network<S>& discriminator, PenaltyMemory<S>& memory,
               Arena<S>& gradients) const {
    const View<S> x_hat(memory.x_hat.data(), round.real.rows(), round.real.cols());
    held().place(round.real, round.fake, round.random, x_hat);
    GradientPenalty penalty = held().of_gradients();
    penalty.weight *= static_cast<double>(held().every());
    return accumulate_gradient_penalty<S>(penalty, discriminator, memory.workspace,
                                          {.x = x_hat,
                                           .condition = round.condition,
                                           .mode = Mode::train,
                                           .random = round.dropout,
                                           .progress = round.progress},
                                          gradients, memory.scratch);
  }
  /// The shares of a term on outputs, see `AdversaryOutputTerm`.
  double learn(const AdversaryRound<S>& round, const TermSide<S>& real, const TermSide<S>& fake,
               const TermPass<S>& pass) const {
    return held().learn(round, real, fake, pass);
  }
  double fool(const AdversaryRound<S>& round, const TermSide<S>& fake, const TermSide<S>& real) const {
    return held().fool(round, fake, real);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual std::string_view figure() const = 0;
    virtual std::string_view fool_figure() const = 0;
    virtual void validate() const = 0;
    virtual void require(const Network<S>&) const = 0;
    virtual Index every() const = 0;
    virtual bool is_penalty() const = 0;
    virtual void place(ConstView<S>, ConstView<S>, const RandomStream&, View<S>) const = 0;
    virtual GradientPenalty of_gradients() const = 0;
    virtual OutputTermPlan plan() const = 0;
    virtual double learn(const AdversaryRound<S>&, const TermSide<S>&, const TermSide<S>&,
                         const TermPass<S>&) const = 0;
    virtual double fool(const AdversaryRound<S>&, const TermSide<S>&, const TermSide<S>&) const = 0;
  };

  template <class P>
  struct Held final : Contract {
    static constexpr bool penalty = AdversaryPenalty<P>;

    explicit Held(P given) : term(std::move(given)) {}
    std::string_view kind() const override { return P::kind; }
    std::string_view figure() const override {
      if constexpr (requires { P::figure; })
        return P::figure;
      else
        return {};
    }
    std::string_view fool_figure() const override {
      if constexpr (requires { P::fool_figure; })
        return P::fool_figure;
      else
        return {};
    }
    void validate() const override {
      if constexpr (requires { term.validate(); }) term.validate();
    }
    void require(const Network<S>& discriminator) const override {
      if constexpr (penalty) {
        if (P::of_each_sample) discriminator.require_independent_samples("a gradient penalty");
        discriminator.require_tangent();
      } else if constexpr (requires { term.require(discriminator); }) {
        term.require(discriminator);
      }
    }
    Index every() const override {
      if constexpr (penalty && requires { term.every; })
        return term.every;
      else
        return 1;
    }
    bool is_penalty() const override { return penalty; }
    void place(ConstView<S> real, ConstView<S> fake, const RandomStream& random,
               View<S> x_hat) const override {
      if constexpr (penalty) term.place(real, fake, random, x_hat);
    }
    GradientPenalty of_gradients() const override {
      if constexpr (penalty)
        return term.of_gradients();
      else
        return {};
    }
    OutputTermPlan plan() const override {
      if constexpr (penalty)
        return {};
      else
        return term.plan();
    }
    double learn(const AdversaryRound<S>& round, const TermSide<S>& real, const TermSide<S>& fake,
                 const TermPass<S>& pass) const override {
      if constexpr (penalty)
        return 0;
      else
        return term.learn(round, real, fake, pass);
    }
    double fool(const AdversaryRound<S>& round, const TermSide<S>& fake,
                const TermSide<S>& real) const override {
      if constexpr (penalty)
        return 0;
      else
        return term.fool(round, fake, real);
    }
    P term;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class P>
  static std::shared_ptr<const Contract> hold(P term);

  const Contract& held() const {
    if (!term_) fail_moved_from("adversary term");
    return *term_;
  }

  std::shared_ptr<const Contract> term_;
};

template <Scalar S>
template <class P>
auto AnyAdversaryTerm<S>::hold(P term) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<P>>(std::move(term));
}

}  // namespace eigenerate
