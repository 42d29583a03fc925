#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

namespace detail {
/// ½ log 2π: what every feature of a normal distribution adds to the negative log-density.
inline constexpr double half_log_two_pi = 0.918938533204672741780;
}  // namespace detail

/// Independent normal features of variance 1; the parameters are the means.
///
/// **Shapes** x: features × n, parameters: features × m, n and m multiples of each other.
/// **Backward** `∂ log p / ∂µ = x − µ`.
/// **Numerics** nats, the constant −½ log 2π per feature included: it differs from −½ times a squared error
/// by that.
struct UnitNormal {
  static constexpr std::string_view kind = "UnitNormal";

  /// The values that have a density.
  constexpr ValueRange support() const { return ValueRange::everything(); }
  /// What a decoder must be able to put out for data in `data`: means reach as far as they do.
  constexpr ValueRange parameter_range(const ValueRange& data) const { return data; }

  Index parameter_rows(Index features) const { return features; }
  /// A mean for every value of a sample.
  Shape sample_shape(const Shape& parameters) const { return parameters; }
  /// The rows of the parameters of some features alone.
  std::vector<Index> rows_of(std::span<const Index> chosen, Index) const {
    return {chosen.begin(), chosen.end()};
  }

  /// `out[j]` = log-density of pair j.
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const auto pairing = detail::pair_columns(kind, x, parameters, x.rows());
    detail::require_count(kind, "log-probabilities", out, pairing.pairs);
    S* const log_p = out.data();
    const double constant = static_cast<double>(x.rows()) * detail::half_log_two_pi;
    kernels::for_each_item(pairing.pairs, x.rows(), [&](Index j) {
      const auto squared_difference = [](S value, S mean) { return (value - mean) * (value - mean); };
      const double squares = kernels::sum_of_map<S>(x.rows(), squared_difference, x.col(pairing.x(j)).data(),
                                                    parameters.col(pairing.parameter(j)).data());
      log_p[j] = static_cast<S>(-0.5 * squares - constant);
    });
  }

  /// `d_parameters = Σ weight[j] · ∂ log p(pair j) / ∂parameters`, overwriting.
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                View<S> d_parameters) const {
    const auto pairing = detail::pair_columns(kind, x, parameters, x.rows());
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    kernels::for_each_item(parameters.cols(), x.rows() * pairing.pairs_per_parameter, [&](Index column) {
      auto d = d_parameters.col(column);
      const Index first = column * pairing.pairs_per_parameter;
      d = weight[first] * (x.col(pairing.x(first)) - parameters.col(column));
      for (Index j = first + 1; j < first + pairing.pairs_per_parameter; ++j)
        d += weight[j] * (x.col(pairing.x(j)) - parameters.col(column));
    });
  }

  /// `log_probability` and `log_probability_backward` in one call.
  template <Scalar S>
  void log_probability_with_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     Numbers<S> out, View<S> d_parameters) const {
    log_probability(x, parameters, out);
    log_probability_backward(x, parameters, weights, d_parameters);
  }

  /// The parameters themselves.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    detail::require_extents(kind, "the mean", out, parameters.rows(), parameters.cols());
    out = parameters;
  }

  /// Samples, one per column of parameters.
  template <Scalar S>
  void sample(ConstView<S> parameters, const RandomStream& random, View<S> out) const {
    detail::require_extents(kind, "samples", out, parameters.rows(), parameters.cols());
    fill_normal(out.data(), out.size(), random);
    out += parameters;
  }
};

}  // namespace eigenerate
