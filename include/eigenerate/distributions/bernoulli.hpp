#pragma once

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Independent binary features from their logits, `p(x=1) = 1 / (1 + e⁻ˡ)`.
///
/// Grey levels x in [0, 1] are accepted too: `x·log p + (1−x)·log(1−p)` is then the usual pseudo-likelihood,
/// the expectation over binary pixels drawn with probability x, and not a normalized density.
///
/// **Shapes** x: features × n, parameters (logits): features × m, n and m multiples of each other.
/// **Backward** `∂ log p / ∂l = x − sigmoid(l)`.
/// **Errors** `ConfigError` for values outside [0, 1].
/// **Numerics** nats; softplus form, so any finite logit is safe. A log-probability is within 20 u · Σ max(1,
/// |l|) of the exact one, u = 2⁻²⁴ in float and 2⁻⁵³ in double: 4 for each feature, the rest for summing a
/// block.
struct Bernoulli {
  static constexpr std::string_view kind = "Bernoulli";

  /// The values that have a probability.
  constexpr ValueRange support() const { return {0, 1}; }
  /// What a decoder must be able to put out for data in `data`: logits are any numbers.
  constexpr ValueRange parameter_range(const ValueRange&) const { return ValueRange::everything(); }

  Index parameter_rows(Index features) const { return features; }
  /// A logit for every value of a sample.
  Shape sample_shape(const Shape& parameters) const { return parameters; }

  /// `out[j]` = log-probability of pair j.
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const auto pairing = pair(x, parameters);
    detail::require_count(kind, "log-probabilities", out, pairing.pairs);
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, x.rows(), [&](Index j) {
      const auto term = [](S value, S logit) { return value * logit - kernels::softplus(logit); };
      log_p[j] = static_cast<S>(kernels::sum_of_map<S>(x.rows(), term, x.col(pairing.x(j)).data(),
                                                       parameters.col(pairing.parameter(j)).data()));
    });
  }

  /// `d_parameters = Σ weight[j] · ∂ log p(pair j) / ∂parameters`, overwriting.
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                View<S> d_parameters) const {
    const auto pairing = pair(x, parameters);
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    kernels::for_each_item(parameters.cols(), x.rows() * pairing.pairs_per_parameter, [&](Index column) {
      const S* const logits = parameters.col(column).data();
      S* const d = d_parameters.col(column).data();
      const Index first = column * pairing.pairs_per_parameter;
      for (Index j = first; j < first + pairing.pairs_per_parameter; ++j) {
        const S* const values = x.col(pairing.x(j)).data();
        const auto term = [w = weight[j]](S value, S l) { return w * (value - kernels::sigmoid(l)); };
        const auto add_term = [term](S sum, S value, S l) { return sum + term(value, l); };
        if (j == first)
          kernels::map(d, x.rows(), term, values, logits);
        else
          kernels::map(d, x.rows(), add_term, d, values, logits);
      }
    });
  }

  /// Both at once, for the price of one exponential: `log_probability` of every pair into `out`, and what
  /// `log_probability_backward` writes.
  template <Scalar S>
  void log_probability_with_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     Numbers<S> out, View<S> d_parameters) const {
    const auto pairing = pair(x, parameters);
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    detail::require_count(kind, "log-probabilities", out, pairing.pairs);
    if (pairing.pairs_per_parameter > 1) {
      log_probability(x, parameters, out);
      return log_probability_backward(x, parameters, weights, d_parameters);
    }
    const S* const weight = weights.data();
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, x.rows(), [&](Index j) {
      const auto both = [w = weight[j]](S value, S logit) {
        const auto [sigmoid, softplus] = kernels::sigmoid_and_softplus(logit);
        return kernels::ValueAndTerm<S>{w * (value - sigmoid), value * logit - softplus};
      };
      log_p[j] = static_cast<S>(kernels::map_and_sum(d_parameters.col(j).data(), x.rows(), both,
                                                     x.col(pairing.x(j)).data(), parameters.col(j).data()));
    });
  }

  /// The probabilities.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    detail::require_extents(kind, "the mean", out, parameters.rows(), parameters.cols());
    kernels::sigmoid(out.data(), parameters.data(), parameters.size());
  }

  /// Binary samples, one per column of parameters.
  template <Scalar S>
  void sample(ConstView<S> parameters, const RandomStream& random, View<S> out) const {
    detail::require_extents(kind, "samples", out, parameters.rows(), parameters.cols());
    fill_uniform(out.data(), out.size(), random);
    const auto draw = [](S u, S l) { return kernels::select(u < kernels::sigmoid(l), S(1), S(0)); };
    kernels::map(out.data(), out.size(), draw, out.data(), parameters.data());
  }

 private:
  template <Scalar S>
  detail::Pairing pair(ConstView<S> x, ConstView<S> parameters) const {
    require_support(kind, support(), x);
    return detail::pair_columns(kind, x, parameters, x.rows());
  }
};

}  // namespace eigenerate
