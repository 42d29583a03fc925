#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "eigenerate/core/numbers.hpp"

namespace eigenerate {

/// What an objective asks of a pass.
struct ObjectiveNeeds {
  bool densities = false;  ///< log p(z) and log q(z|x) of every latent sample
  /// KL(q(z|x) ‖ p(z)) of every input, which posterior and prior must have together.
  bool closed_form_kl = false;
  bool kl_by_dimension = false;  ///< the same of every latent dimension, beside that
  bool path_weights = false;     ///< other weights for the path through z than for the parameters
  bool score = true;             ///< whether the gradient of log q(z|x) with z held fixed counts
  bool uniform = false;          ///< every sample weighs −1 / (inputs · samples), whatever the terms
  Index groups = 1;              ///< that the samples of an input are cut into, all of one size
};

/// The terms of one pass: `samples` latent vectors for each input, side by side.
template <Scalar S>
struct ObjectiveTerms {
  Index inputs = 0;
  Index samples = 1;
  std::span<const S> log_px = {};               ///< log p(x|z), one per latent vector
  std::span<const S> log_pz = {};               ///< log p(z), where needed
  std::span<const S> log_qz = {};               ///< log q(z|x), where needed
  std::span<const S> kl = {};                   ///< one per input, where needed
  ConstView<S> kl_by_dimension{nullptr, 0, 0};  ///< latent × inputs, where needed
  std::optional<std::uint64_t> step = {};       ///< of the training; none when a model is judged, not trained
};

/// The derivatives of the loss. All are overwritten, or left alone where empty.
template <Scalar S>
struct ObjectiveWeights {
  std::span<S> parameters = {};  ///< of log p(x|z), for what the decoder's and the prior's parameters get
  std::span<S> path = {};        ///< the same for what z gets, where they differ
  View<S> kl{nullptr, 0, 0};     ///< latent × inputs: of each dimension's KL
};

/// What an objective is at one pass.
struct ObjectiveValue {
  double loss = 0;
  double density_weight = 0;  ///< how much log p(z) − log q(z|x) counts beside log p(x|z)
};

/// What a variational autoencoder minimises, in one scalar: a pure function of the terms of a pass.
///
/// An objective is an immutable value. It has
/// - `kind`: its name, a string, as error messages show it;
/// - `needs()`: the terms that it reads and what it gives beside the loss;
/// - `evaluate(terms, weights)`: its value, a mean over the inputs, and the weights. What the parameters of
///   the decoder get is the gradient of Σ parameters[j] · log p(x|z_j), those of the prior that of Σ
///   parameters[j] · density_weight · log p(z_j). What z_j gets is path[j] times the gradient of log p(x|z) +
///   density_weight · (log p(z) − log q(z|x)), and log q passes it on to its own parameters where the score
///   counts.
///
/// It may have `validate()` (`ConfigError` for members out of range). Terms and weights have the sizes that
/// they must have when they come; nothing allocates. Prove one of your own by `testing::check_objective`.
template <class O, class S>
concept ObjectiveOf = requires(const O& objective, const ObjectiveTerms<S>& terms,
                               const ObjectiveWeights<S>& weights) {
  { objective.kind } -> std::convertible_to<std::string_view>;
  { objective.needs() } -> std::same_as<ObjectiveNeeds>;
  { objective.evaluate(terms, weights) } -> std::same_as<ObjectiveValue>;
};

template <class O>
concept Objective = ObjectiveOf<O, float> || ObjectiveOf<O, double>;

}  // namespace eigenerate
