#pragma once

#include <concepts>
#include <string_view>

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// What a loss is for one logit, and its derivative there.
template <Scalar S>
struct LogitLoss {
  S value, derivative;
};

/// An adversarial loss that looks at one logit at a time: three functions of it.
///
/// `real(l)` and `fake(l)` are the discriminator's loss for the logit of a real and of a generated sample,
/// `generator(l)` the generator's for the logit of a generated one. They have neither branches nor calls
/// where that can be avoided (`kernels::select`), and a NaN goes through them.
template <class L>
concept PointwiseAdversarialLoss = requires(const L& loss, float f, double d) {
  { loss.real(f) } -> std::same_as<LogitLoss<float>>;
  { loss.fake(f) } -> std::same_as<LogitLoss<float>>;
  { loss.generator(f) } -> std::same_as<LogitLoss<float>>;
  { loss.real(d) } -> std::same_as<LogitLoss<double>>;
};

/// An adversarial loss that compares both sides: two functions of all logits.
///
/// `discriminator(real, fake, d_real, d_fake)` is the discriminator's loss, `generator(fake, real, d_fake,
/// d_real)` the generator's; each writes the gradients that are wanted. `compares` says whether the
/// generator's loss looks at the real logits, which must be scored for it then; `pairs`, where there is one
/// and it is true, that both sides must have as many logits.
template <class L>
concept BatchAdversarialLoss = requires(const L& loss, ConstView<float> logits, View<float> d) {
  { L::compares } -> std::convertible_to<bool>;
  { loss.discriminator(logits, logits, d, d) } -> std::same_as<double>;
  { loss.generator(logits, logits, d, d) } -> std::same_as<double>;
};

/// What discriminator and generator play for, as an immutable value: a larger logit means that the
/// discriminator takes the sample for real.
///
/// - `kind`: its name in messages.
/// - `takes_scores`: whether the logits are scores without bounds rather than log-odds.
/// - `needs_lipschitz`, where there is one and it is true: the loss needs a critic that something keeps
///   Lipschitz.
/// - `undecided`, where there is one and it is not zero: the logit by which a sample is as much real as
///   generated. Mirrored there, real and generated change places.
/// - `validate()`: `ConfigError` for hyper-parameters that cannot work.
/// - and its functions, of one logit or of all.
template <class L>
concept AdversarialLoss = std::copy_constructible<L> && requires(const L& loss) {
  requires PointwiseAdversarialLoss<L> || BatchAdversarialLoss<L>;
  { L::kind } -> std::convertible_to<std::string_view>;
  { L::takes_scores } -> std::convertible_to<bool>;
  loss.validate();
};

namespace detail {

template <class L>
constexpr bool compares() {
  if constexpr (PointwiseAdversarialLoss<L>)
    return false;
  else
    return L::compares;
}

template <class L>
constexpr bool pairs() {
  if constexpr (requires { L::pairs; })
    return L::pairs;
  else
    return false;
}

template <class L>
constexpr bool needs_lipschitz() {
  if constexpr (requires { L::needs_lipschitz; })
    return L::needs_lipschitz;
  else
    return false;
}

template <class L>
constexpr double undecided() {
  if constexpr (requires { L::undecided; })
    return L::undecided;
  else
    return 0;
}

/// The mean over the n logits of `f(i)`, a term for each. Scores have no bound and both signs, so the terms
/// are added in double: in float the sum would lose what they cancel. A plain loop: not every compiler
/// vectorizes two widths together, and logits are few.
template <class F>
double mean_of_terms(Index n, const F& f) {
  const Index pieces = (n + piece_elements - 1) / piece_elements;
  const double sum = kernels::sum_over_items(pieces, piece_elements, [&](Index piece) {
    double of_piece = 0;
    for (Index i = piece * piece_elements; i < std::min(n, (piece + 1) * piece_elements); ++i)
      of_piece += static_cast<double>(f(i));
    return of_piece;
  });
  return sum / static_cast<double>(n);
}

/// The mean of `f(l)` over the logits.
template <Scalar S, class F>
double mean_over_logits(ConstView<S> logits, const F& f) {
  return mean_of_terms(logits.size(), [&](Index i) { return f(logits.data()[i]); });
}

/// The mean of `point(l).value`, and `d = point(l).derivative / n` where it is wanted, in one pass.
template <Scalar S, class Point>
double mean_over_logits(ConstView<S> logits, View<S> d, const Point& point) {
  S* const slope = d.data();  // null where it is not wanted
  const S scale = static_cast<S>(1.0 / static_cast<double>(logits.size()));
  return mean_of_terms(logits.size(), [&](Index i) {
    const auto [value, derivative] = point(logits.data()[i]);
    if (slope) slope[i] = scale * derivative;
    return value;
  });
}

}  // namespace detail

/// The discriminator's loss: of all its logits of real and of generated samples.
///
/// **Shapes** real, d_real: 1 × n; fake, d_fake: 1 × m, where n and m are the samples times the logits of
/// each.
/// **Backward** writes the gradients that are wanted; means are over all logits of a side.
/// **Errors** `ShapeError` for a side without logits and for gradients of other extents.
template <Scalar S, AdversarialLoss L>
double discriminator_loss(const L& loss, ConstView<S> real, ConstView<S> fake, View<S> d_real = unwanted<S>(),
                          View<S> d_fake = unwanted<S>()) {
  detail::require_loss_views(L::kind, real, d_real);
  detail::require_loss_views(L::kind, fake, d_fake);
  if constexpr (PointwiseAdversarialLoss<L>)
    return detail::mean_over_logits(real, d_real, [loss](S l) { return loss.real(l); }) +
           detail::mean_over_logits(fake, d_fake, [loss](S l) { return loss.fake(l); });
  else
    return loss.discriminator(real, fake, d_real, d_fake);
}

/// The generator's loss. A loss that does not compare looks at the generated samples alone: `real` may be
/// empty, and `d_real`, which serves models whose real side learns too, is zero.
///
/// **Shapes** and **Errors** as `discriminator_loss`.
template <Scalar S, AdversarialLoss L>
double generator_loss(const L& loss, ConstView<S> fake, ConstView<S> real, View<S> d_fake = unwanted<S>(),
                      View<S> d_real = unwanted<S>()) {
  detail::require_loss_views(L::kind, fake, d_fake);
  if (detail::compares<L>() || wanted(d_real)) detail::require_loss_views(L::kind, real, d_real);
  if constexpr (PointwiseAdversarialLoss<L>) {
    if (wanted(d_real)) d_real.setZero();
    return detail::mean_over_logits(fake, d_fake, [loss](S l) { return loss.generator(l); });
  } else {
    return loss.generator(fake, real, d_fake, d_real);
  }
}

}  // namespace eigenerate
