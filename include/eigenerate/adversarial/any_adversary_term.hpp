#pragma once

#include <algorithm>
#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

#include "eigenerate/adversarial/accumulate_gradient_penalty.hpp"

namespace eigenerate {

/// What discriminator and generator meet over: one part of a step's batch.
///
/// **Shapes** real, fake: samples × n; condition: as for `PassInput`.
template <Scalar S>
struct AdversaryRound {
  ConstView<S> real, fake, condition = {};
  RandomStream random = {};   ///< of terms that draw points
  RandomStream dropout = {};  ///< of the discriminator's layers with noise
  double progress = 0;
  std::uint64_t step = 0;
};

/// A penalty on the discriminator's input gradients, as an immutable value: what joins the discriminator's
/// loss besides the game.
///
/// - `kind`, `figure`: its name in messages, and that of the figure which it reports.
/// - `of_each_sample`: whether it needs a logit's gradient towards its own sample alone, and so refuses
///   layers that couple
///   the samples of a batch.
/// - `every`, where there is one: it is taken in every such step alone, with as many times the weight.
/// - `validate()`: `ConfigError` for hyper-parameters that cannot work.
/// - `place(real, fake, random, x_hat)`: the points where it is taken.
/// - `of_gradients()`: the penalty as a function of the input gradients there, see `GradientPenalty`.
template <class P>
concept AdversaryPenalty = std::copy_constructible<P> &&
    requires(const P& penalty, ConstView<float> x, View<float> out, const RandomStream& random) {
  { P::kind } -> std::convertible_to<std::string_view>;
  { P::figure } -> std::convertible_to<std::string_view>;
  { P::of_each_sample } -> std::convertible_to<bool>;
  penalty.validate();
  penalty.place(x, x, random, out);
  { penalty.of_gradients() } -> std::convertible_to<GradientPenalty>;
};

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

/// Any term of an `Adversary` behind one type. Copies share the wrapped term, which is immutable.
template <Scalar S = float>
class AnyAdversaryTerm {
 public:
  template <class P>
  requires(!std::same_as<P, AnyAdversaryTerm> && AdversaryPenalty<P>)
      AnyAdversaryTerm(P penalty)  // implicit: `.terms = {R1{}}`
      : term_(hold(std::move(penalty))) {}

  std::string_view kind() const { return held().kind(); }
  /// The name of the figure that it reports.
  std::string_view figure() const { return held().figure(); }
  void validate() const { held().validate(); }
  /// `ConfigError` naming the layer where the discriminator has one that the term cannot pass.
  void require(const Network<S>& discriminator) const {
    if (held().of_each_sample()) discriminator.require_independent_samples("a gradient penalty");
    discriminator.require_tangent();
  }
  /// Whether it is taken in that step.
  bool acts(std::uint64_t step) const { return step % static_cast<std::uint64_t>(held().every()) == 0; }

  /// The term's value; adds its exact gradient to the discriminator's.
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

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::string_view kind() const = 0;
    virtual std::string_view figure() const = 0;
    virtual bool of_each_sample() const = 0;
    virtual Index every() const = 0;
    virtual void validate() const = 0;
    virtual void place(ConstView<S>, ConstView<S>, const RandomStream&, View<S>) const = 0;
    virtual GradientPenalty of_gradients() const = 0;
  };

  template <class P>
  struct Held final : Interface {
    explicit Held(P given) : penalty(std::move(given)) {}
    std::string_view kind() const override { return P::kind; }
    std::string_view figure() const override { return P::figure; }
    bool of_each_sample() const override { return P::of_each_sample; }
    Index every() const override {
      if constexpr (requires { penalty.every; })
        return penalty.every;
      else
        return 1;
    }
    void validate() const override { penalty.validate(); }
    void place(ConstView<S> real, ConstView<S> fake, const RandomStream& random,
               View<S> x_hat) const override {
      penalty.place(real, fake, random, x_hat);
    }
    GradientPenalty of_gradients() const override { return penalty.of_gradients(); }
    P penalty;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class P>
  static std::shared_ptr<const Interface> hold(P penalty);

  const Interface& held() const {
    if (!term_) fail_moved_from("adversary term");
    return *term_;
  }

  std::shared_ptr<const Interface> term_;
};

template <Scalar S>
template <class P>
auto AnyAdversaryTerm<S>::hold(P penalty) -> std::shared_ptr<const Interface> {
  return std::make_shared<const Held<P>>(std::move(penalty));
}

}  // namespace eigenerate
