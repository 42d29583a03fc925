#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include "eigenerate/core/precision.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/network/initializers.hpp"

namespace eigenerate {

/// What a term may know of the model that it joins, before its first step.
template <Scalar S>
struct LatentTermSetup {
  Index latent = 0;  ///< size of latent vectors
  const AnyPosterior<S>* posterior = nullptr;
  const AnyPrior<S>* prior = nullptr;
  Initializer initializer{DefaultInit{}};  ///< of a network of its own
  std::uint64_t seed = 0;
  std::optional<MatmulPrecision> precision = {};
};

/// The latent vectors of one part of a training step.
template <Scalar S>
struct LatentRound {
  ConstView<S> h;           ///< what the encoder put out, rows × n
  ConstView<S> z;           ///< drawn from it, latent × k·n, those of one input side by side
  ConstView<S> prior = {};  ///< as many vectors drawn from the prior, where the term asks for them
  const AnyPosterior<S>* posterior = nullptr;
  RandomStream random = {};   ///< of terms that draw
  RandomStream dropout = {};  ///< of a network's layers with noise
  double progress = 0;
  std::uint64_t step = 0;

  /// k.
  Index samples() const { return z.cols() / h.cols(); }
};

/// A term on the latent vectors of a batch, which joins the loss of an autoencoder beside its objective, in
/// one scalar: an immutable value.
///
/// - `kind`, `figure`: its name in messages, and that of the figure by which it reports its share of the
///   loss;
/// - `memory(latent, inputs, samples)`: the scalars that it writes for up to so many inputs and latent
///   vectors of all of them together;
/// - `add(round, memory, dz, dh)`: its share of the loss; adds the gradient of that to those of z and of h.
///   The gradient by h is that of what it reads of h itself: the path through z is the posterior's.
///
/// It may have
/// - `draws_prior`, a constant: true where it compares with vectors of the prior, which are held constant;
/// - `validate()`: `ConfigError` for hyper-parameters that cannot work;
/// - `require(setup)`: the same for a model that does not fit it.
///
/// Nothing allocates. Prove one of your own by `testing::check_latent_term`.
template <class T, class S>
concept LatentFunctionOf = std::copy_constructible<T> &&
    requires(const T& term, const LatentRound<S>& round, S* memory, View<S> d) {
  { T::kind } -> std::convertible_to<std::string_view>;
  { T::figure } -> std::convertible_to<std::string_view>;
  { term.memory(Index{}, Index{}, Index{}) } -> std::same_as<Index>;
  { term.add(round, memory, d, d) } -> std::same_as<double>;
};

/// A term that learns: `start<S>(setup)` makes what plays it in one model, a value that is copied with the
/// model. That one has
/// - `prepare(inputs, samples)`: allocates what rounds of that size write;
/// - `learner()`: its network, one of the model's learners;
/// - `add(round, dz, dh)`: as above, and adds the gradient of its own loss to its learner's;
/// - `learner_loss()`: that loss in the last round.
///
/// The term has `kind`, `figure`, and `learner_figure`, by which the learner's loss is reported. All learn
/// from one round: the learner as it was, from latent vectors as they were.
template <class T, class S>
concept LatentGameOf = std::copy_constructible<T> &&
    requires(const T& term, const LatentTermSetup<S>& setup, const LatentRound<S>& round, View<S> d) {
  { T::kind } -> std::convertible_to<std::string_view>;
  { T::figure } -> std::convertible_to<std::string_view>;
  { T::learner_figure } -> std::convertible_to<std::string_view>;
  { term.template start<S>(setup).add(round, d, d) } -> std::same_as<double>;
  { term.template start<S>(setup).learner_loss() } -> std::same_as<double>;
};

template <class T, class S>
concept LatentTermOf = LatentFunctionOf<T, S> || LatentGameOf<T, S>;

template <class T>
concept LatentTerm = LatentTermOf<T, float> || LatentTermOf<T, double>;

}  // namespace eigenerate
