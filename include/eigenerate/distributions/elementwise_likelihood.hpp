#pragma once

#include <span>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Base of the likelihoods of independent features with one parameter each.
///
/// Such a likelihood is a struct `D : ElementwiseLikelihood<D>` with `kind`, `support()` and
/// `parameter_range(data)`, as `LikelihoodOf` says, and five functions of one feature x and its parameter p:
///
///     S log_probability_of(S x, S p)                   log p(x)
///     S derivative_of(S x, S p)                        ∂ log p(x) / ∂p
///     kernels::ValueAndTerm<S> derivative_and_log_probability_of(S x, S p)
///     S mean_of(S p)
///     S sample_of(S uniform, S p)                      where the uniform number takes the distribution's x
///
/// They vectorise if they are free of branches and calls, as the functions of kernels/math.hpp are.
///
/// **Shapes** x: features × n, parameters: features × m, n and m multiples of each other.
/// **Cost** one pass over memory each.
template <class Derived>
struct ElementwiseLikelihood {
  Index parameter_rows(Index features) const { return features; }
  /// A parameter for every value of a sample.
  Shape sample_shape(const Shape& parameters) const { return parameters; }
  /// The rows of the parameters of some features alone.
  std::vector<Index> rows_of(std::span<const Index> chosen, Index) const {
    return {chosen.begin(), chosen.end()};
  }

  /// `out[j]` = log-probability of pair j.
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const auto pairing = pair(x, parameters);
    detail::require_count(Derived::kind, "log-probabilities", out, pairing.pairs);
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, x.rows(), [&](Index j) {
      const auto term = [d = derived()](S value, S p) { return d.log_probability_of(value, p); };
      log_p[j] = static_cast<S>(kernels::sum_of_map<S>(x.rows(), term, x.col(pairing.x(j)).data(),
                                                       parameters.col(pairing.parameter(j)).data()));
    });
  }

  /// `d_parameters = Σ weight[j] · ∂ log p(pair j) / ∂parameters`, overwriting.
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                View<S> d_parameters) const {
    const auto pairing = pair(x, parameters);
    detail::require_extents(Derived::kind, "d_parameters", d_parameters, parameters.rows(),
                            parameters.cols());
    detail::require_count(Derived::kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    kernels::for_each_item(parameters.cols(), x.rows() * pairing.pairs_per_parameter, [&](Index column) {
      const S* const p = parameters.col(column).data();
      S* const d = d_parameters.col(column).data();
      const Index first = column * pairing.pairs_per_parameter;
      for (Index j = first; j < first + pairing.pairs_per_parameter; ++j) {
        const S* const values = x.col(pairing.x(j)).data();
        const auto term = [f = derived(), w = weight[j]](S value, S p_i) {
          return w * f.derivative_of(value, p_i);
        };
        const auto add_term = [term](S sum, S value, S p_i) { return sum + term(value, p_i); };
        if (j == first)
          kernels::map(d, x.rows(), term, values, p);
        else
          kernels::map(d, x.rows(), add_term, d, values, p);
      }
    });
  }

  /// Both at once, sharing what they have in common: `log_probability` of every pair into `out`, and what
  /// `log_probability_backward` writes.
  template <Scalar S>
  void log_probability_with_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     Numbers<S> out, View<S> d_parameters) const {
    const auto pairing = pair(x, parameters);
    detail::require_extents(Derived::kind, "d_parameters", d_parameters, parameters.rows(),
                            parameters.cols());
    detail::require_count(Derived::kind, "weights", weights, pairing.pairs);
    detail::require_count(Derived::kind, "log-probabilities", out, pairing.pairs);
    if (pairing.pairs_per_parameter > 1) {
      log_probability(x, parameters, out);
      return log_probability_backward(x, parameters, weights, d_parameters);
    }
    const S* const weight = weights.data();
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, x.rows(), [&](Index j) {
      const auto both = [f = derived(), w = weight[j]](S value, S p) {
        const auto [derivative, term] = f.derivative_and_log_probability_of(value, p);
        return kernels::ValueAndTerm<S>{w * derivative, term};
      };
      log_p[j] = static_cast<S>(kernels::map_and_sum(d_parameters.col(j).data(), x.rows(), both,
                                                     x.col(pairing.x(j)).data(), parameters.col(j).data()));
    });
  }

  /// The mean of every feature.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    detail::require_extents(Derived::kind, "the mean", out, parameters.rows(), parameters.cols());
    const auto mean_of = [d = derived()](S p) { return d.mean_of(p); };
    kernels::map(out.data(), out.size(), mean_of, parameters.data());
  }

  /// Samples, one per column of parameters.
  template <Scalar S>
  void sample(ConstView<S> parameters, const RandomStream& random, View<S> out) const {
    detail::require_extents(Derived::kind, "samples", out, parameters.rows(), parameters.cols());
    fill_uniform(out.data(), out.size(), random);
    const auto draw = [d = derived()](S uniform, S p) { return d.sample_of(uniform, p); };
    kernels::map(out.data(), out.size(), draw, out.data(), parameters.data());
  }

 private:
  Derived derived() const { return static_cast<const Derived&>(*this); }

  template <Scalar S>
  detail::Pairing pair(ConstView<S> x, ConstView<S> parameters) const {
    require_support(Derived::kind, derived().support(), x);
    return detail::pair_columns(Derived::kind, x, parameters, x.rows());
  }
};

}  // namespace eigenerate
