#pragma once

#include <concepts>
#include <string_view>
#include <utility>

#include "eigenerate/adversarial/adversary_round.hpp"
#include "eigenerate/adversarial/discriminator_pass.hpp"
#include "eigenerate/adversarial/gradient_penalty.hpp"
#include "eigenerate/latent/latent_code.hpp"

namespace eigenerate {

/// A penalty on the discriminator's input gradients, as an immutable value: what joins the discriminator's
/// loss besides the game.
///
/// - `kind`, `figure`: its name in messages, and that of the figure which it reports.
/// - `of_each_sample`: whether it needs a logit's gradient towards its own sample alone, and so refuses
///   layers that couple the samples of a batch.
/// - `every`, where there is one: it is taken in every such step alone, with as many times the weight.
/// - `validate()`: `ConfigError` for hyper-parameters that cannot work.
/// - `place(real, fake, random, x_hat)`: the points where it is taken.
/// - `of_gradients()`: the penalty as a function of the input gradients there, see `GradientPenalty`.
///
/// Prove one of your own by `testing::check_adversary_term`.
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

/// What a term on the discriminator's outputs asks of the game.
struct OutputTermPlan {
  /// Of the discriminator's output, behind the logits, that are this term's alone: a head.
  Index channels = 0;
  Index classes = 0;  ///< of labels that the head is to tell; the discriminator must then not be shown them
  bool compares = false;  ///< whether `fool` looks at real samples too
  bool passes = false;    ///< whether `learn` runs the discriminator once more
  LatentCode code = {};   ///< that latent vectors must end in, for the head to tell it from samples
};

/// One side of a round as a term sees it: samples, what the discriminator makes of them, and the gradients of
/// the loss towards that, of every pixel and sample one after another.
template <Scalar S>
struct TermSide {
  ConstView<S> x = {};              ///< samples × n
  ConstView<S> logits = {};         ///< 1 × pixels·n
  ConstView<S> head = {};           ///< the term's channels × pixels·n
  View<S> d_logits{nullptr, 0, 0};  ///< hold the loss's gradient: a term adds
  View<S> d_head{nullptr, 0, 0};    ///< zeros: a term writes
};

/// The discriminator, for a pass of a term's own.
template <Scalar S>
struct TermPass {
  Network<S>* discriminator = nullptr;
  DiscriminatorPass<S>* pass = nullptr;
  Arena<S>* gradients = nullptr;
  PassInput<S> how = {};
  S* memory = nullptr;

  /// Memory for n samples.
  View<S> samples(Index n) const { return {memory, discriminator->input_shape().size(), n}; }
  /// Runs it on `x`, which must stay until the backward, as in training; running statistics stay.
  void run(ConstView<S> x) const {
    PassInput<S> in = how;
    in.x = x;
    pass->run(std::as_const(*discriminator), in);
  }
  ConstView<S> logits() const { return pass->logits(); }
  /// To be written before `backward`, which adds to the discriminator's gradients.
  View<S> d_logits() const { return pass->d_logits(); }
  void backward() const { pass->backward(*discriminator, {.parameters = gradients}); }
};

/// A term on the outputs of the discriminator, in one scalar, as an immutable value: class heads, features
/// that fakes are to match, outputs that must not change when a sample is disturbed.
///
/// What a term is about stands in the discriminator's output. A head is some of its channels; features of an
/// inner layer become channels by `Concat{Linear{64, 1}, Identity{}}`. It has
/// - `kind`: its name in messages;
/// - `plan()`: an `OutputTermPlan`;
/// - `learn(round, real, fake, pass)`: its share of the discriminator's loss, whose gradient goes to both
///   sides;
/// - `fool(round, fake, real)`: its share of the loss of whoever made the fakes, whose gradient goes to the
///   fakes' side; `real` is empty unless the plan compares, and has no gradients.
///
/// It may have
/// - `figure`, `fool_figure`: the names of the figures by which it reports the two; none: it takes no part in
///   that loss, and is not asked;
/// - `validate()`: `ConfigError` for hyper-parameters that cannot work;
/// - `require(network)`: the same for a discriminator that does not fit.
///
/// Nothing allocates. Prove one of your own by `testing::check_adversary_term`.
template <class T, class S>
concept AdversaryOutputTermOf = std::copy_constructible<T> &&
    requires(const T& term, const AdversaryRound<S>& round, const TermSide<S>& side,
             const TermPass<S>& pass) {
  { T::kind } -> std::convertible_to<std::string_view>;
  { term.plan() } -> std::same_as<OutputTermPlan>;
  { term.learn(round, side, side, pass) } -> std::same_as<double>;
  { term.fool(round, side, side) } -> std::same_as<double>;
};

template <class T>
concept AdversaryOutputTerm = AdversaryOutputTermOf<T, float> || AdversaryOutputTermOf<T, double>;

}  // namespace eigenerate
