#pragma once

#include <span>
#include <string_view>

#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/elementwise_likelihood.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Independent binary features from their logits, `p(x=1) = 1 / (1 + e⁻ˡ)`.
///
/// Grey levels x in [0, 1] are accepted too: `x·log p + (1−x)·log(1−p)` is then the usual pseudo-likelihood,
/// the expectation over binary pixels drawn with probability x, and not a normalized density; for that see
/// `ContinuousBernoulli`.
///
/// **Shapes** x: features × n, parameters (logits): features × m, n and m multiples of each other.
/// **Backward** `∂ log p / ∂l = x − sigmoid(l)`.
/// **Errors** `ConfigError` for values outside [0, 1].
/// **Numerics** nats; softplus form, so any finite logit is safe. A log-probability is within 20 u · Σ max(1,
/// |l|) of the exact one, u = 2⁻²⁴ in float and 2⁻⁵³ in double: 4 for each feature, the rest for summing a
/// block. Value and gradient together cost one exponential for each feature.
struct Bernoulli : ElementwiseLikelihood<Bernoulli> {
  static constexpr std::string_view kind = "Bernoulli";

  /// The values that have a probability.
  constexpr ValueRange support() const { return {0, 1}; }
  /// What a decoder must be able to put out for data in `data`: logits are any numbers.
  constexpr ValueRange parameter_range(const ValueRange&) const { return ValueRange::everything(); }

  template <Scalar S>
  S log_probability_of(S x, S logit) const {
    return x * logit - kernels::softplus(logit);
  }
  template <Scalar S>
  S derivative_of(S x, S logit) const {
    return x - kernels::sigmoid(logit);
  }
  template <Scalar S>
  kernels::ValueAndTerm<S> derivative_and_log_probability_of(S x, S logit) const {
    const auto [sigmoid, softplus] = kernels::sigmoid_and_softplus(logit);
    return {x - sigmoid, x * logit - softplus};
  }
  /// The probability of 1.
  template <Scalar S>
  S mean_of(S logit) const {
    return kernels::sigmoid(logit);
  }
  /// Of 0 and 1, see `LikelihoodOf`.
  static constexpr Index levels() { return 2; }
  template <Scalar S>
  void masses(ConstView<S> parameters, Index feature, std::span<double> out) const {
    detail::require_masses(kind, parameters, parameters.rows(), feature, out, levels());
    const double logit = static_cast<double>(parameters(feature, 0));
    out[0] = kernels::sigmoid(-logit);
    out[1] = kernels::sigmoid(logit);
  }
  template <Scalar S>
  S sample_of(S uniform, S logit) const {
    return kernels::select(uniform < kernels::sigmoid(logit), S(1), S(0));
  }
};

}  // namespace eigenerate
