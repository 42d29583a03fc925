#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/detail/parameter_blocks.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/scale.hpp"
#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Independent normal features with learned variances: what an encoder puts out, and a likelihood for
/// decoders.
///
/// The log-variance v is clamped to [min_log_variance, max_log_variance] wherever it is used, and its
/// gradient is zero outside (at the ends it passes, as PyTorch's `clamp`). The default ±20 keeps standard
/// deviations within [4.5e-5, 2.2e4]: the lower end is far below the 1e-3 of 8-bit quantization noise, and
/// e²⁰ = 4.9e8 leaves squares and their sums room in float. As a likelihood a learned variance is unbounded
/// on features that never change (the black border of digits): there a higher lower end is part of the model.
///
/// Where `scale` says so, the parameters are log-deviations instead, v/2: the range stays that of v.
///
/// **Shapes** parameters: 2·features × m, the means above the log-variances; x, z and noise: features × n,
/// where n and m are multiples of each other. A likelihood of images is `Normal`.
/// **Errors** `ShapeError` for views that do not fit; `ConfigError` from `validate`.
/// **Numerics** nats, constants included. In float the KL is never negative, and within 1.2e-6 of the exact
/// one relatively, at the prior too, where the terms of eᵛ − 1 − v cancel.
/// **Source** Kingma & Welling 2014, section 2.4 and appendix B.
struct DiagonalNormal {
  static constexpr std::string_view kind = "DiagonalNormal";
  static constexpr std::string_view posterior_kind = "DiagonalNormalPosterior";  ///< of latent vectors

  /// The values that have a density.
  constexpr ValueRange support() const { return ValueRange::everything(); }
  /// What a decoder must be able to put out for data in `data`: log-variances are any numbers.
  constexpr ValueRange parameter_range(const ValueRange&) const { return ValueRange::everything(); }

  double min_log_variance = -20;
  double max_log_variance = 20;
  Scale scale = Scale::log_variance;  ///< what the lower half of the parameters is

  /// `ConfigError` unless the range is not empty and e^±v stays finite in float.
  void validate() const {
    detail::require_scale_range(kind, "log_variance", min_log_variance, max_log_variance, 80);
  }

  Index parameter_rows(Index features) const { return 2 * features; }
  /// Means and log-variances make a vector twice as long as the sample.
  Shape sample_shape(const Shape& parameters) const {
    if (!parameters.is_vector() || parameters.channels % 2 != 0)
      fail<ShapeError>(
          "DiagonalNormal: expected a vector of as many means as log-variances (put Flatten{{}} behind an image), "
          "got {}",
          to_string(parameters));
    return {parameters.channels / 2};
  }
  /// The rows of the parameters of some features alone.
  std::vector<Index> rows_of(std::span<const Index> chosen, Index features) const {
    return detail::rows_of(kind, {features, 2}, {static_cast<Index>(chosen.size()), 2}, chosen);
  }

  /// `out[j]` = log-density of pair j: Σ −½ ((x − µ)² e⁻ᵛ + v + log 2π).
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const Index n = x.rows();
    const auto pairing = detail::pair_columns(kind, x, parameters, 2 * n);
    detail::require_count(kind, "log-densities", out, pairing.pairs);
    S* const log_p = out.data();
    const auto term = [range = range_of<S>()](S value, S mean, S v) {
      v = range.clamp(v);
      return (value - mean) * (value - mean) * kernels::exp(-v) + v;
    };
    kernels::for_each_item(pairing.pairs, n, [&](Index j) {
      const S* const p = parameters.col(pairing.parameter(j)).data();
      log_p[j] = log_density<S>(n, kernels::sum_of_map<S>(n, term, x.col(pairing.x(j)).data(), p, p + n));
    });
  }

  /// `d_parameters = Σ weight[j] · ∂ log p(pair j) / ∂parameters`, overwriting.
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                View<S> d_parameters) const {
    const Index n = x.rows();
    const auto pairing = detail::pair_columns(kind, x, parameters, 2 * n);
    detail::require_extents(kind, "d_parameters", d_parameters, 2 * n, parameters.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    d_parameters.setZero();
    const auto range = range_of<S>();
    each_pair(pairing, parameters, d_parameters, [&](Index j, const S* mean, const S* v, S* d_mean, S* d_v) {
      const S w = weight[j];
      const S* const value = x.col(pairing.x(j)).data();
      const auto add_to_mean = [range, w](S d, S x_i, S m, S v_i) {
        return d + w * (x_i - m) * kernels::exp(-range.clamp(v_i));
      };
      const auto add_to_v = [range, w](S d, S x_i, S m, S v_i) {
        return d + S(0.5) * w * range.slope(v_i) *
                       ((x_i - m) * (x_i - m) * kernels::exp(-range.clamp(v_i)) - S(1));
      };
      kernels::map(d_mean, n, add_to_mean, d_mean, value, mean, v);
      kernels::map(d_v, n, add_to_v, d_v, value, mean, v);
    });
  }

  /// `log_probability` and `log_probability_backward` in one call.
  template <Scalar S>
  void log_probability_with_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     Numbers<S> out, View<S> d_parameters) const {
    log_probability(x, parameters, out);
    log_probability_backward(x, parameters, weights, d_parameters);
  }

  /// `dx += weight[j] · ∂ log p(pair j) / ∂x`, summed over the pairs of each x.
  template <Scalar S>
  void log_probability_backward_to_x(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     View<S> dx) const {
    const Index n = x.rows();
    const auto pairing = detail::pair_columns(kind, x, parameters, 2 * n);
    detail::require_extents(kind, "dx", dx, n, x.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    kernels::for_each_item(x.cols(), n * pairing.pairs_per_x, [&](Index column) {
      for (Index j = column * pairing.pairs_per_x; j < (column + 1) * pairing.pairs_per_x; ++j) {
        const S* const p = parameters.col(pairing.parameter(j)).data();
        const auto add = [range = range_of<S>(), w = weight[j]](S d, S value, S mean, S v) {
          return d - w * (value - mean) * kernels::exp(-range.clamp(v));
        };
        kernels::map(dx.col(column).data(), n, add, dx.col(column).data(), x.col(column).data(), p, p + n);
      }
    });
  }

  /// The means: the upper half of the parameters.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    require_parameters(parameters, out);
    out = parameters.topRows(out.rows());
  }

  /// The log-variances as they are used: the lower half of the parameters, clamped to their range.
  template <Scalar S>
  void log_variance(ConstView<S> parameters, View<S> out) const {
    require_parameters(parameters, out);
    const Index n = out.rows();
    const auto clamp = [range = range_of<S>()](S v) { return range.clamp(v); };
    for (Index j = 0; j < out.cols(); ++j)
      kernels::map(out.col(j).data(), n, clamp, parameters.col(j).data() + n);
  }

  /// The way back of `log_variance`: adds to the lower half of `d_parameters`, nothing where one is clamped.
  ///
  /// **Shapes** d: features × m, the gradient by the log-variances as they are used.
  template <Scalar S>
  void log_variance_backward(ConstView<S> parameters, ConstView<S> d, View<S> d_parameters) const {
    const Index n = features_of(parameters);
    detail::require_extents(kind, "gradients of log-variances", d, n, parameters.cols());
    detail::require_extents(kind, "d_parameters", d_parameters, 2 * n, parameters.cols());
    const auto add = [range = range_of<S>()](S sum, S d_v, S raw) { return sum + range.slope(raw) * d_v; };
    for (Index j = 0; j < d.cols(); ++j) {
      S* const to = d_parameters.col(j).data() + n;
      kernels::map(to, n, add, to, d.col(j).data(), parameters.col(j).data() + n);
    }
  }

  /// The share of the log-variances that lie outside their range: these learn nothing.
  template <Scalar S>
  double clamped_share(ConstView<S> parameters) const {
    const Index n = features_of(parameters);
    const auto range = range_of<S>();
    Index clamped = 0;
    for (Index j = 0; j < parameters.cols(); ++j)
      for (Index i = n; i < 2 * n; ++i) clamped += range.slope(parameters(i, j)) == S(0) ? 1 : 0;
    return static_cast<double>(clamped) / static_cast<double>(n * parameters.cols());
  }

  /// Samples, one per column of parameters.
  template <Scalar S>
  void sample(ConstView<S> parameters, const RandomStream& random, View<S> out) const {
    require_parameters(parameters, out);
    fill_normal(out.data(), out.size(), random);
    reparameterize(parameters, as_const(out), out);
  }

  /// `z = µ + e^{v/2} · noise`, n samples for the m columns of parameters; z may be the noise's own memory.
  template <Scalar S>
  void reparameterize(ConstView<S> parameters, ConstView<S> noise, View<S> z) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_extents(kind, "z", z, n, noise.cols());
    const auto draw = [range = range_of<S>()](S mean, S v, S e) {
      return mean + kernels::exp(S(0.5) * range.clamp(v)) * e;
    };
    kernels::for_each_item(noise.cols(), n, [&](Index j) {
      const S* const p = parameters.col(pairing.parameter(j)).data();
      kernels::map(z.col(j).data(), n, draw, p, p + n, noise.col(j).data());
    });
  }

  /// `d_parameters += (∂z/∂parameters)ᵀ dz`, summed over the samples of each column: dµ += dz, dv += ½
  /// e^{v/2} noise dz.
  template <Scalar S>
  void reparameterize_backward(ConstView<S> parameters, ConstView<S> noise, ConstView<S> dz,
                               View<S> d_parameters) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_extents(kind, "dz", dz, n, noise.cols());
    detail::require_extents(kind, "d_parameters", d_parameters, 2 * n, parameters.cols());
    const auto add_to_mean = [](S d, S dz_i) { return d + dz_i; };
    const auto add_to_v = [range = range_of<S>()](S d, S dz_i, S e, S v) {
      return d + S(0.5) * range.slope(v) * kernels::exp(S(0.5) * range.clamp(v)) * e * dz_i;
    };
    each_pair(pairing, parameters, d_parameters, [&](Index j, const S*, const S* v, S* d_mean, S* d_v) {
      kernels::map(d_mean, n, add_to_mean, d_mean, dz.col(j).data());
      kernels::map(d_v, n, add_to_v, d_v, dz.col(j).data(), noise.col(j).data(), v);
    });
  }

  /// `out[j] = KL(N(µ_j, eᵛ_j) ‖ N(0, 1)) = ½ Σ µ² + eᵛ − 1 − v`, one number per column of parameters.
  template <Scalar S>
  void kl_to_standard(ConstView<S> parameters, Numbers<S> out) const {
    const Index n = features_of(parameters);
    detail::require_count(kind, "divergences", out, parameters.cols());
    S* const kl = out.data();
    const auto term = [range = range_of<S>()](S mean, S v) {
      return mean * mean + kernels::exp_minus_tangent(range.clamp(v));
    };
    kernels::for_each_item(parameters.cols(), n, [&](Index j) {
      const S* const p = parameters.col(j).data();
      kl[j] = static_cast<S>(0.5 * kernels::sum_of_map<S>(n, term, p, p + n));
    });
  }

  /// The same, each dimension's share by itself: features × m. Parameters of an encoder are few, so this is a
  /// plain loop.
  template <Scalar S>
  void kl_to_standard_by_dimension(ConstView<S> parameters, View<S> out) const {
    require_parameters(parameters, out);
    const Index n = out.rows();
    const auto range = range_of<S>();
    for (Index j = 0; j < out.cols(); ++j)
      for (Index i = 0; i < n; ++i) {
        const S mean = parameters(i, j);
        out(i, j) = S(0.5) * (mean * mean + kernels::exp_minus_tangent(range.clamp(parameters(n + i, j))));
      }
  }

  /// `d_parameters += ∂(Σ weight · KL)/∂parameters` with a weight for each dimension of each column: dµ += w
  /// µ, dv += ½ w (eᵛ − 1).
  ///
  /// **Shapes** weights: features × m.
  template <Scalar S>
  void kl_to_standard_backward(ConstView<S> parameters, std::type_identity_t<ConstView<S>> weights,
                               View<S> d_parameters) const {
    const Index n = features_of(parameters);
    detail::require_extents(kind, "weights", weights, n, parameters.cols());
    detail::require_extents(kind, "d_parameters", d_parameters, 2 * n, parameters.cols());
    const auto add_to_mean = [](S d, S w, S m) { return d + w * m; };
    const auto add_to_v = [range = range_of<S>()](S d, S w, S v) {
      return d + S(0.5) * w * range.slope(v) * kernels::expm1(range.clamp(v));
    };
    each_pair({parameters.cols(), 1, 1}, parameters, d_parameters,
              [&](Index j, const S* mean, const S* v, S* d_mean, S* d_v) {
                const S* const w = weights.col(j).data();
                kernels::map(d_mean, n, add_to_mean, d_mean, w, mean);
                kernels::map(d_v, n, add_to_v, d_v, w, v);
              });
  }

  /// `out[j] = log q(z_j)` of the samples `z = reparameterize(parameters, noise)`, from the noise: Σ −½
  /// (noise² + v + log 2π).
  template <Scalar S>
  void log_density_of_sample(ConstView<S> parameters, ConstView<S> noise, Numbers<S> out) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_count(kind, "log-densities", out, noise.cols());
    S* const log_q = out.data();
    const auto term = [range = range_of<S>()](S e, S v) { return e * e + range.clamp(v); };
    kernels::for_each_item(noise.cols(), n, [&](Index j) {
      const S* const v = parameters.col(pairing.parameter(j)).data() + n;
      log_q[j] = log_density<S>(n, kernels::sum_of_map<S>(n, term, noise.col(j).data(), v));
    });
  }

  /// `d_parameters += Σ weight[j] · d log q(z_j) / d parameters`, the total derivative with the noise held
  /// fixed.
  ///
  /// z moves with the parameters, so the mean's share cancels and −½ per log-variance is all that remains. A
  /// bound with the term −log q(z|x) passes minus its weights.
  template <Scalar S>
  void log_density_of_sample_backward(ConstView<S> parameters, ConstView<S> noise, ConstNumbers<S> weights,
                                      View<S> d_parameters) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_extents(kind, "d_parameters", d_parameters, 2 * n, parameters.cols());
    detail::require_count(kind, "weights", weights, noise.cols());
    const auto range = range_of<S>();
    const S* const weight = weights.data();
    each_pair(pairing, parameters, d_parameters, [&](Index j, const S*, const S* v, S*, S* d_v) {
      const auto add = [range, w = weight[j]](S d, S v_i) { return d - S(0.5) * w * range.slope(v_i); };
      kernels::map(d_v, n, add, d_v, v);
    });
  }

 private:
  template <Scalar S>
  detail::ClampedScale<S> range_of() const {
    return {static_cast<S>(min_log_variance), static_cast<S>(max_log_variance),
            scale == Scale::log_deviation ? S(2) : S(1)};
  }

  template <Scalar S>
  static S log_density(Index features, double twice_energy) {
    return static_cast<S>(-0.5 * twice_energy - static_cast<double>(features) * detail::half_log_two_pi);
  }

  /// Calls `f(pair, means, log-variances, d_means, d_log-variances)` for every pair; the pairs of one column
  /// of parameters run on one thread, in order, so that `f` may add.
  template <Scalar S, class F>
  static void each_pair(const detail::Pairing& pairing, ConstView<S> parameters, View<S> d_parameters,
                        F&& f) {
    const Index n = parameters.rows() / 2, per_column = pairing.pairs_per_parameter;
    kernels::for_each_item(parameters.cols(), n * per_column, [&](Index column) {
      const S* const p = parameters.col(column).data();
      S* const d = d_parameters.col(column).data();
      for (Index j = column * per_column; j < (column + 1) * per_column; ++j) f(j, p, p + n, d, d + n);
    });
  }

  template <Scalar S>
  static Index features_of(ConstView<S> parameters) {
    if (parameters.rows() % 2 != 0)
      fail<ShapeError>("DiagonalNormal: parameters need as many means as log-variances, got {} rows",
                       parameters.rows());
    return parameters.rows() / 2;
  }
  template <Scalar S>
  static void require_parameters(ConstView<S> parameters, View<S> out) {
    detail::require_extents(kind, "an output", out, features_of(parameters), parameters.cols());
  }
  template <Scalar S>
  static detail::Pairing pair_noise(ConstView<S> noise, ConstView<S> parameters) {
    const auto pairing = detail::pair_columns(kind, noise, parameters, 2 * noise.rows());
    if (pairing.pairs != noise.cols())
      fail<ShapeError>("DiagonalNormal: {} columns of parameters need at least as many of noise, got {}",
                       parameters.cols(), noise.cols());
    return pairing;
  }
};

}  // namespace eigenerate
