#pragma once

#include <array>
#include <span>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/detail/parameter_blocks.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/scale.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Base of the likelihoods `p(x) = e^(−energy((x − m) / σ)) / (cσ)` of independent features: a location m for
/// each, and a scale that is fixed, shared or each feature's own.
///
/// Such a likelihood is a struct `D : LocationScaleLikelihood<D>` with `kind`, `options` with a
/// `spread` and `channels`, and
///
///     clamped_scale<S>()             the `detail::ClampedScale` of a scale's parameter, s
///     fixed_scale()                  s where it is fixed
///     double constant                log c
///     at(S s)                        the density of that scale, of r = x − m: `energy(r)`, log σ included;
///                                    ∂ log p / ∂m, `by_location(r)`; ∂ log p / ∂s, `by_scale(r)`
///     fill(out, random)              the noise that `sample_of(noise, S s)` makes x − m of
///
/// **Shapes** x: features × n; n and m multiples of each other. parameters: features × m with a fixed scale;
/// a row more with a shared one, its last (`AppendParameter` makes it); 2·features × m with one for each
/// feature. Then `channels` = 0 is a vector, locations above scales; an image has the locations of its
/// `channels` before their scales in every pixel, as PyTorch's `chunk(2, dim=1)` takes them.
/// **Cost** one pass over memory each; a gradient with scales for each feature makes two, and copies images'
/// parameters into arrays first.
template <class Derived>
struct LocationScaleLikelihood {
  /// The values that have a density.
  constexpr ValueRange support() const { return ValueRange::everything(); }
  /// What a decoder must be able to put out for data in `data`: locations reach as far, scales are any
  /// numbers.
  constexpr ValueRange parameter_range(const ValueRange& data) const {
    return spread() == Spread::fixed ? ValueRange{data.low, data.high} : ValueRange::everything();
  }

  Index parameter_rows(Index features) const {
    return spread() == Spread::fixed ? features : spread() == Spread::shared ? features + 1 : 2 * features;
  }
  Shape sample_shape(const Shape& parameters) const {
    if (spread() == Spread::fixed) return parameters;
    if (spread() == Spread::per_feature)
      return detail::sample_shape_of(Derived::kind, parameters, derived().options.channels, 2);
    if (!parameters.is_vector() || parameters.channels < 2)
      fail<ShapeError>(
          "{}: expected a vector of locations and one shared scale (put AppendParameter{{1}} behind the decoder), "
          "got {}",
          Derived::kind, to_string(parameters));
    return {parameters.channels - 1};
  }
  /// The rows of the parameters of some features alone: of a shared scale, it too.
  std::vector<Index> rows_of(std::span<const Index> chosen, Index features) const {
    if (spread() == Spread::per_feature)
      return detail::rows_of(Derived::kind, layout(features), layout(static_cast<Index>(chosen.size())),
                             chosen);
    std::vector<Index> rows(chosen.begin(), chosen.end());
    if (spread() == Spread::shared) rows.push_back(features);
    return rows;
  }

  /// `out[j]` = log-density of pair j.
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const auto pairing = pair(x, parameters);
    detail::require_count(Derived::kind, "log-densities", out, pairing.pairs);
    const Index n = x.rows();
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, n, [&](Index j) {
      const S* const value = x.col(pairing.x(j)).data();
      const S* const p = parameters.col(pairing.parameter(j)).data();
      double energy = 0;
      if (spread() == Spread::per_feature) {
        const auto term = [d = derived(), scale = scale_of<S>()](S v, S m, S s) {
          return d.at(scale.clamp(s)).energy(v - m);
        };
        detail::for_each_run(p, n, layout(n), [&](Index first, Index count, const S* m, const S* s) {
          energy += kernels::sum_of_map<S>(count, term, value + first, m, s);
        });
      } else {
        const auto term = [density = derived().at(common_scale(p, n))](S v, S m) {
          return density.energy(v - m);
        };
        energy = kernels::sum_of_map<S>(n, term, value, p);
      }
      log_p[j] = static_cast<S>(-energy - static_cast<double>(n) * Derived::constant);
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
      d_parameters.col(column).setZero();
      const Index first = column * pairing.pairs_per_parameter;
      for (Index j = first; j < first + pairing.pairs_per_parameter; ++j)
        add_gradient(x.rows(), x.col(pairing.x(j)).data(), parameters.col(column).data(), weight[j],
                     d_parameters.col(column).data());
    });
  }

  /// The locations, which are the means.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    require_parameters(parameters, out);
    const auto where = layout(out.rows());
    for (Index j = 0; j < out.cols(); ++j)
      if (spread() == Spread::per_feature)
        for (Index i = 0; i < out.rows(); ++i) out(i, j) = parameters(where.first(i), j);
      else
        out.col(j) = parameters.col(j).head(out.rows());
  }

  /// Samples, one per column of parameters.
  template <Scalar S>
  void sample(ConstView<S> parameters, const RandomStream& random, View<S> out) const {
    require_parameters(parameters, out);
    derived().fill(out, random);
    const Index n = out.rows();
    kernels::for_each_item(out.cols(), n, [&](Index j) {
      const S* const p = parameters.col(j).data();
      S* const x = out.col(j).data();
      if (spread() == Spread::per_feature) {
        const auto draw = [d = derived(), scale = scale_of<S>()](S noise, S m, S s) {
          return m + d.sample_of(noise, scale.clamp(s));
        };
        detail::for_each_run(p, n, layout(n), [&](Index first, Index count, const S* m, const S* s) {
          kernels::map(x + first, count, draw, x + first, m, s);
        });
      } else {
        const auto draw = [d = derived(), s = common_scale(p, n)](S noise, S m) {
          return m + d.sample_of(noise, s);
        };
        kernels::map(x, n, draw, x, p);
      }
    });
  }

  /// The share of the scales that lie outside their range: these learn nothing.
  template <Scalar S>
  double clamped_share(ConstView<S> parameters) const {
    if (spread() == Spread::fixed) return 0;
    const auto scale = scale_of<S>();
    const Index rows = parameters.rows(), n = spread() == Spread::shared ? rows - 1 : rows / 2;
    Index clamped = 0, scales = 0;
    for (Index j = 0; j < parameters.cols(); ++j)
      for (Index i = spread() == Spread::shared ? n - 1 : 0; i < n; ++i, ++scales) {
        const Index row = spread() == Spread::shared ? n : layout(n).first(i) + layout(n).group;
        clamped += scale.slope(parameters(row, j)) == S(0) ? 1 : 0;
      }
    return scales == 0 ? 0 : static_cast<double>(clamped) / static_cast<double>(scales);
  }

 private:
  Derived derived() const { return static_cast<const Derived&>(*this); }
  constexpr Spread spread() const { return static_cast<const Derived&>(*this).options.spread; }

  template <Scalar S>
  detail::ClampedScale<S> scale_of() const {
    return derived().template clamped_scale<S>();
  }
  /// The scale of all features, where they have one.
  template <Scalar S>
  S common_scale(const S* parameters, Index features) const {
    return spread() == Spread::fixed ? static_cast<S>(derived().fixed_scale())
                                     : scale_of<S>().clamp(parameters[features]);
  }
  detail::ParameterLayout layout(Index features) const {
    return {derived().options.channels > 0 ? derived().options.channels : features, 2};
  }

  template <Scalar S>
  void add_gradient(Index n, const S* x, const S* p, S w, S* d) const {
    if (spread() != Spread::per_feature) {
      const auto add = [density = derived().at(common_scale(p, n)), w](S sum, S v, S m) {
        return kernels::ValueAndTerm<S>{sum + w * density.by_location(v - m), density.by_scale(v - m)};
      };
      const double by_scale = kernels::map_and_sum(d, n, add, d, x, p);
      if (spread() == Spread::shared)
        d[n] += static_cast<S>(static_cast<double>(w * scale_of<S>().slope(p[n])) * by_scale);
      return;
    }
    const auto by_location = [f = derived(), scale = scale_of<S>(), w](S v, S m, S s) {
      return w * f.at(scale.clamp(s)).by_location(v - m);
    };
    const auto by_scale = [f = derived(), scale = scale_of<S>(), w](S v, S m, S s) {
      return w * scale.slope(s) * f.at(scale.clamp(s)).by_scale(v - m);
    };
    const auto where = layout(n);
    constexpr Index most = 256;  // a vector comes in one run, which is added here in parts
    std::array<S, static_cast<std::size_t>(most)> terms;
    detail::for_each_run(p, n, where, [&](Index first, Index count, const S* m, const S* s) {
      for (Index at = 0; at < count; at += most) {
        const Index size = std::min(most, count - at), i = first + at;
        const auto add_to = [&](Index kind) {
          for (Index k = 0; k < size; ++k)
            d[where.first(i + k) + kind * where.group] += terms[static_cast<std::size_t>(k)];
        };
        kernels::map(terms.data(), size, by_location, x + i, m + at, s + at);
        add_to(0);
        kernels::map(terms.data(), size, by_scale, x + i, m + at, s + at);
        add_to(1);
      }
    });
  }

  template <Scalar S>
  void require_parameters(ConstView<S> parameters, View<S> out) const {
    detail::require_extents(Derived::kind, "an output", out, out.rows(), parameters.cols());
    if (parameters.rows() != parameter_rows(out.rows()) || out.rows() % layout(out.rows()).group != 0)
      fail<ShapeError>("{}: {} features need {} rows of parameters, got {}", Derived::kind, out.rows(),
                       parameter_rows(out.rows()), parameters.rows());
  }
  template <Scalar S>
  detail::Pairing pair(ConstView<S> x, ConstView<S> parameters) const {
    if (spread() == Spread::per_feature && derived().options.channels > 0 &&
        x.rows() % derived().options.channels != 0)
      fail<ShapeError>("{}: {} features are not whole pixels of {} channels", Derived::kind, x.rows(),
                       derived().options.channels);
    return detail::pair_columns(Derived::kind, x, parameters, parameter_rows(x.rows()));
  }
};

}  // namespace eigenerate
