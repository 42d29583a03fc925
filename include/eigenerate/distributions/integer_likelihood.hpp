#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/detail/parameter_blocks.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Numbers that stand in memory at equal distances: the parameters of one feature.
template <class T>
struct Strided {
  T* first;
  Index stride;

  T& operator[](Index i) const { return first[i * stride]; }
};

/// Base of the likelihoods of independent features over the integers 0 … levels − 1, with several parameters
/// each.
///
/// Such a likelihood is a struct `D : IntegerLikelihood<D>` with `kind` and
///
///     levels()                                  how many values a feature has
///     parameters_per_feature()
///     group(features)                           1 where a feature's parameters are neighbours; else how many
///                                               features come together, see `detail::ParameterLayout`
///     S log_probability_of(x, p, w, d)          log p(x), p a `Strided<const S>`; and where d.first is not
///                                               null, `d += w · ∂ log p(x) / ∂p`
///     S mean_of(p)
///     Index sample_of(p, u, v)                  from two uniform numbers
///
/// and `masses_of(p, out)`, numbers in the ratio of the levels' probabilities, where all of them cost less
/// together than one by one.
///
/// **Shapes** x: features × n, whole numbers; parameters: `parameters_per_feature` · features × m; n and m
/// multiples of each other.
/// **Cost** a plain loop over the features, shared out among threads by columns.
/// **Errors** `ConfigError` for values that are not integers in [0, levels − 1].
template <class Derived>
struct IntegerLikelihood {
  /// The values that have a probability.
  ValueRange support() const { return {0, static_cast<double>(derived().levels() - 1), true}; }
  /// What a decoder must be able to put out for data in `data`: any numbers.
  constexpr ValueRange parameter_range(const ValueRange&) const { return ValueRange::everything(); }

  Index parameter_rows(Index features) const { return derived().parameters_per_feature() * features; }
  Shape sample_shape(const Shape& parameters) const {
    const Index kinds = derived().parameters_per_feature();
    if constexpr (requires { derived().options.channels; })
      return detail::sample_shape_of(Derived::kind, parameters, derived().options.channels, kinds);
    if (parameters.channels % kinds != 0)
      fail<ShapeError>("{}: expected a multiple of {} channels, {} parameters for each feature, got {}",
                       Derived::kind, kinds, kinds, to_string(parameters));
    return {parameters.channels / kinds, parameters.height, parameters.width};
  }
  /// The rows of the parameters of some features alone.
  std::vector<Index> rows_of(std::span<const Index> chosen, Index features) const {
    return detail::rows_of(Derived::kind, layout(features), layout(static_cast<Index>(chosen.size())),
                           chosen);
  }

  /// `out[j]` = log-probability of pair j.
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const auto pairing = pair(x, parameters);
    detail::require_count(Derived::kind, "log-probabilities", out, pairing.pairs);
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, parameters.rows(), [&](Index j) {
      log_p[j] = of_column<S>(x.rows(), x.col(pairing.x(j)).data(),
                              parameters.col(pairing.parameter(j)).data(), S(0), nullptr);
    });
  }

  /// `d_parameters = Σ weight[j] · ∂ log p(pair j) / ∂parameters`, overwriting.
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                View<S> d_parameters) const {
    differentiate(x, parameters, weights, static_cast<S*>(nullptr), d_parameters);
  }

  /// Both at once, for the price of the gradient.
  template <Scalar S>
  void log_probability_with_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     Numbers<S> out, View<S> d_parameters) const {
    detail::require_count(Derived::kind, "log-probabilities", out, pair(x, parameters).pairs);
    differentiate(x, parameters, weights, out.data(), d_parameters);
  }

  /// The mean of every feature, between the integers.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    require_parameters(parameters, out);
    const auto where = layout(out.rows());
    kernels::for_each_item(out.cols(), parameters.rows(), [&](Index j) {
      for (Index i = 0; i < out.rows(); ++i)
        out(i, j) =
            derived().mean_of(Strided<const S>{parameters.col(j).data() + where.first(i), where.group});
    });
  }

  /// Samples, one per column of parameters.
  template <Scalar S>
  void sample(ConstView<S> parameters, const RandomStream& random, View<S> out) const {
    require_parameters(parameters, out);
    const auto where = layout(out.rows());
    const Index rows = out.rows();
    kernels::for_each_item(out.cols(), parameters.rows(), [&](Index j) {
      for (Index i = 0; i < rows; ++i) {
        const auto words = random.words(static_cast<std::uint64_t>(j) * static_cast<std::uint64_t>(rows) +
                                        static_cast<std::uint64_t>(i));
        const Strided<const S> p{parameters.col(j).data() + where.first(i), where.group};
        out(i, j) = static_cast<S>(
            derived().sample_of(p, to_unit_interval<double>(words[0]), to_unit_interval<double>(words[1])));
      }
    });
  }

  /// Numbers in the ratio of the probabilities of one feature's levels, see `LikelihoodOf`.
  template <Scalar S>
  void masses(ConstView<S> parameters, Index feature, std::span<double> out) const {
    const Index features = parameters.rows() / derived().parameters_per_feature();
    require_rows(features, parameters.rows());
    detail::require_masses(Derived::kind, parameters, features, feature, out, derived().levels());
    const auto where = layout(features);
    const Strided<const S> p{parameters.data() + where.first(feature), where.group};
    if constexpr (requires { derived().masses_of(p, out); }) return derived().masses_of(p, out);
    for (Index k = 0; k < derived().levels(); ++k) {
      const S log_p = derived().log_probability_of(k, p, S(0), Strided<S>{nullptr, where.group});
      out[static_cast<std::size_t>(k)] = std::exp(static_cast<double>(log_p));
    }
  }

 protected:
  /// The first level at which the sum of e^log_weight(level) passes the share u of the whole, for weights of
  /// any size.
  template <class F>
  static Index draw_level(Index levels, double u, const F& log_weight) {
    double highest = log_weight(0), total = 0;
    for (Index k = 1; k < levels; ++k) highest = std::max(highest, static_cast<double>(log_weight(k)));
    for (Index k = 0; k < levels; ++k) total += std::exp(static_cast<double>(log_weight(k)) - highest);
    double rest = u * total;
    Index k = 0;
    for (; k < levels - 1; ++k) {
      rest -= std::exp(static_cast<double>(log_weight(k)) - highest);
      if (rest < 0) break;
    }
    return k;
  }

 private:
  const Derived& derived() const { return static_cast<const Derived&>(*this); }
  detail::ParameterLayout layout(Index features) const {
    return {derived().group(features), derived().parameters_per_feature()};
  }

  /// The log-probability of one column; where `d` is not null, `d += w · ∂ log p / ∂p`.
  template <Scalar S>
  S of_column(Index n, const S* x, const S* p, S w, S* d) const {
    const auto where = layout(n);
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
      const Index first = where.first(i);
      const Strided<const S> of_p{p + first, where.group};
      const Strided<S> of_d{d ? d + first : nullptr, where.group};
      if (is_finite(x[i])) {
        sum += static_cast<double>(derived().log_probability_of(static_cast<Index>(x[i]), of_p, w, of_d));
        continue;
      }
      // What is no number has no level: it stays what it is.
      sum += static_cast<double>(x[i]);
      for (Index k = 0; d && k < where.kinds; ++k) of_d[k] = x[i];
    }
    return static_cast<S>(sum);
  }

  template <Scalar S>
  void differentiate(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights, S* log_p,
                     View<S> d_parameters) const {
    const auto pairing = pair(x, parameters);
    detail::require_extents(Derived::kind, "d_parameters", d_parameters, parameters.rows(),
                            parameters.cols());
    detail::require_count(Derived::kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    const Index per_column = pairing.pairs_per_parameter;
    kernels::for_each_item(parameters.cols(), parameters.rows() * per_column, [&](Index column) {
      d_parameters.col(column).setZero();
      for (Index j = column * per_column; j < (column + 1) * per_column; ++j) {
        const S value = of_column<S>(x.rows(), x.col(pairing.x(j)).data(), parameters.col(column).data(),
                                     weight[j], d_parameters.col(column).data());
        if (log_p) log_p[j] = value;
      }
    });
  }

  template <Scalar S>
  void require_parameters(ConstView<S> parameters, View<S> out) const {
    detail::require_extents(Derived::kind, "an output", out, out.rows(), parameters.cols());
    require_rows(out.rows(), parameters.rows());
  }
  void require_rows(Index features, Index rows) const {
    if (rows != parameter_rows(features) || features % layout(features).group != 0)
      fail<ShapeError>("{}: {} features need {} rows of parameters, got {}", Derived::kind, features,
                       parameter_rows(features), rows);
  }
  template <Scalar S>
  detail::Pairing pair(ConstView<S> x, ConstView<S> parameters) const {
    require_support(Derived::kind, support(), x);
    require_rows(x.rows(), parameters.rows());
    return detail::pair_columns(Derived::kind, x, parameters, parameter_rows(x.rows()));
  }
};

}  // namespace eigenerate
