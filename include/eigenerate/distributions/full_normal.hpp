#pragma once

#include <algorithm>

#include "eigenerate/core/random.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/scale.hpp"
#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Normal features with any covariance: `z = µ + L ε`, where L is lower triangular with a positive diagonal,
/// `L = diag(σ) (1 + C)` with `σ = e^{v/2}` and C below the diagonal.
///
/// The first 2·features parameters are those of a `DiagonalNormal`, which it is where C is zero; the
/// log-variance v, of a feature given those before it, is clamped as there. C is relative to σ, so that what
/// features have in common shrinks with what each has of its own: with L below the diagonal as parameters, a
/// VAE of digits begins with noise everywhere, and keeps some of it for long.
///
/// **Shapes** parameters: (µ, v, the rows of C one after another), features · (features + 3) / 2 × m; x, z
/// and noise: features × n, where n and m are multiples of each other.
/// **Cost** features² multiplications each way, for every sample; inverses are triangular solves.
/// **Errors** `ShapeError` for views that do not fit; `ConfigError` for more than 512 features, for which a
/// network would have to put out more than 131,000 numbers, and from `validate`.
/// **Numerics** nats, constants included. Sums over features in S.
/// **Source** Kingma & Welling 2019 (An introduction to variational autoencoders), section 2.5.1, there with
/// L itself.
struct FullNormal {
  static constexpr std::string_view kind = "FullNormal";
  static constexpr std::string_view posterior_kind = "FullNormalPosterior";  ///< of latent vectors
  static constexpr Index max_features = 512;

  double min_log_variance = -20;
  double max_log_variance = 20;

  void validate() const {
    detail::require_scale_range(kind, "log_variance", min_log_variance, max_log_variance, 80);
  }

  Index parameter_rows(Index features) const {
    if (features > max_features)
      fail<ConfigError>("FullNormal: expected at most {} features, got {}; DiagonalNormal takes any number",
                        max_features, features);
    return features * (features + 3) / 2;
  }

  /// `out[j]` = log-density of pair j: Σ −½ (ε² + v + log 2π) with `L ε = x − µ`.
  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> parameters, Numbers<S> out) const {
    const Index n = x.rows();
    const auto pairing = detail::pair_columns(kind, x, parameters, parameter_rows(n));
    detail::require_count(kind, "log-densities", out, pairing.pairs);
    S* const log_p = out.data();
    kernels::for_each_item(pairing.pairs, n * n, [&](Index j) {
      const Factor<S> l(*this, parameters, pairing.parameter(j), n);
      S noise[max_features];
      l.solve(x.col(pairing.x(j)).data(), noise);
      log_p[j] = l.log_density(noise);
    });
  }

  /// `d_parameters = Σ weight[j] · ∂ log p(pair j) / ∂parameters`, overwriting: with `(1 + C)ᵀ u = ε`, dµ =
  /// u/σ, dC = u εᵀ, dv = ½ (u (x − µ)/σ − 1).
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                View<S> d_parameters) const {
    const Index n = x.rows();
    const auto pairing = detail::pair_columns(kind, x, parameters, parameter_rows(n));
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    each_column(pairing, n, [&](Index column, Index first, Index last) {
      const Factor<S> l(*this, parameters, column, n);
      S* const d = d_parameters.col(column).data();
      std::fill_n(d, parameters.rows(), S(0));
      S noise[max_features], u[max_features];
      for (Index j = first; j < last; ++j) {
        l.solve(x.col(pairing.x(j)).data(), noise);
        l.solve_transposed(noise, u);
        for (Index i = 0; i < n; ++i) u[i] *= weight[j] / l.deviation(i);
        l.add_gradient(u, noise, d);
        l.add_to_log_variances(S(-0.5) * weight[j], d);
      }
    });
  }

  /// `dx += weight[j] · ∂ log p(pair j) / ∂x`, summed over the pairs of each x: `−u/σ`.
  template <Scalar S>
  void log_probability_backward_to_x(ConstView<S> x, ConstView<S> parameters, ConstNumbers<S> weights,
                                     View<S> dx) const {
    const Index n = x.rows();
    const auto pairing = detail::pair_columns(kind, x, parameters, parameter_rows(n));
    detail::require_extents(kind, "dx", dx, n, x.cols());
    detail::require_count(kind, "weights", weights, pairing.pairs);
    const S* const weight = weights.data();
    kernels::for_each_item(x.cols(), n * n * pairing.pairs_per_x, [&](Index column) {
      S noise[max_features], u[max_features];
      for (Index j = column * pairing.pairs_per_x; j < (column + 1) * pairing.pairs_per_x; ++j) {
        const Factor<S> l(*this, parameters, pairing.parameter(j), n);
        l.solve(x.col(column).data(), noise);
        l.solve_transposed(noise, u);
        for (Index i = 0; i < n; ++i) dx(i, column) -= weight[j] * u[i] / l.deviation(i);
      }
    });
  }

  /// The first rows of the parameters.
  template <Scalar S>
  void mean(ConstView<S> parameters, View<S> out) const {
    detail::require_extents(kind, "parameters", parameters, parameter_rows(out.rows()), out.cols());
    out = parameters.topRows(out.rows());
  }

  /// The share of the log-variances that lie outside their range: these learn nothing.
  template <Scalar S>
  double clamped_share(ConstView<S> parameters) const {
    const Index n = features_of(parameters.rows());
    Index clamped = 0;
    for (Index j = 0; j < parameters.cols(); ++j)
      for (Index i = n; i < 2 * n; ++i) clamped += range_of<S>().slope(parameters(i, j)) == S(0) ? 1 : 0;
    return static_cast<double>(clamped) / static_cast<double>(n * parameters.cols());
  }

  /// `z = µ + L · noise`, n samples for the m columns of parameters; z may be the noise's own memory.
  template <Scalar S>
  void reparameterize(ConstView<S> parameters, ConstView<S> noise, View<S> z) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_extents(kind, "z", z, n, noise.cols());
    kernels::for_each_item(noise.cols(), n * n, [&](Index j) {
      Factor<S>(*this, parameters, pairing.parameter(j), n).apply(noise.col(j).data(), z.col(j).data());
    });
  }

  /// `d_parameters += (∂z/∂parameters)ᵀ dz`, summed over the samples of each column: dµ += dz, dC += (σ
  /// dz) noiseᵀ, dv += ½ (z − µ) dz.
  template <Scalar S>
  void reparameterize_backward(ConstView<S> parameters, ConstView<S> noise, ConstView<S> dz,
                               View<S> d_parameters) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_extents(kind, "dz", dz, n, noise.cols());
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    each_column(pairing, n, [&](Index column, Index first, Index last) {
      const Factor<S> l(*this, parameters, column, n);
      for (Index j = first; j < last; ++j)
        l.add_gradient(dz.col(j).data(), noise.col(j).data(), d_parameters.col(column).data());
    });
  }

  /// `out[j] = log q(z_j)` of the samples `z = reparameterize(parameters, noise)`, from the noise.
  template <Scalar S>
  void log_density_of_sample(ConstView<S> parameters, ConstView<S> noise, Numbers<S> out) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_count(kind, "log-densities", out, noise.cols());
    for (Index j = 0; j < noise.cols(); ++j)
      out[static_cast<std::size_t>(j)] =
          Factor<S>(*this, parameters, pairing.parameter(j), n).log_density(noise.col(j).data());
  }

  /// `d_parameters += Σ weight[j] · d log q(z_j) / d parameters`, the total derivative with the noise held
  /// fixed: −½ for each log-variance, as for a `DiagonalNormal`.
  template <Scalar S>
  void log_density_of_sample_backward(ConstView<S> parameters, ConstView<S> noise, ConstNumbers<S> weights,
                                      View<S> d_parameters) const {
    const Index n = noise.rows();
    const auto pairing = pair_noise(noise, parameters);
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    detail::require_count(kind, "weights", weights, noise.cols());
    for (Index j = 0; j < noise.cols(); ++j) {
      const Index column = pairing.parameter(j);
      Factor<S>(*this, parameters, column, n)
          .add_to_log_variances(S(-0.5) * weights[static_cast<std::size_t>(j)],
                                d_parameters.col(column).data());
    }
  }

  /// `out[j] = KL(N(µ_j, L_j L_jᵀ) ‖ N(0, 1))`, one number per column of parameters: the sum of the shares of
  /// its features.
  template <Scalar S>
  void kl_to_standard(ConstView<S> parameters, Numbers<S> out) const {
    const Index n = features_of(parameters.rows());
    detail::require_count(kind, "divergences", out, parameters.cols());
    for (Index j = 0; j < parameters.cols(); ++j) {
      const Factor<S> l(*this, parameters, j, n);
      double sum = 0;
      for (Index i = 0; i < n; ++i) sum += static_cast<double>(l.divergence(i));
      out[static_cast<std::size_t>(j)] = static_cast<S>(sum);
    }
  }

  /// The same, by the chain rule: feature i has its share given those before it, `½ (µ_i² + eᵛⁱ (1 + Σ_k
  /// C_ik²) − 1 − v_i)`.
  ///
  /// **Shapes** out: features × m.
  template <Scalar S>
  void kl_to_standard_by_dimension(ConstView<S> parameters, View<S> out) const {
    const Index n = out.rows();
    detail::require_extents(kind, "parameters", parameters, parameter_rows(n), out.cols());
    for (Index j = 0; j < out.cols(); ++j)
      for (Index i = 0; i < n; ++i) out(i, j) = Factor<S>(*this, parameters, j, n).divergence(i);
  }

  /// `d_parameters += ∂(Σ weight · KL)/∂parameters` with a weight for each share: dµ_i += w_i µ_i, dC_ik +=
  /// w_i eᵛⁱ C_ik, dv_i += ½ w_i (eᵛⁱ (1 + Σ_k C_ik²) − 1).
  ///
  /// **Shapes** weights: features × m.
  template <Scalar S>
  void kl_to_standard_backward(ConstView<S> parameters, std::type_identity_t<ConstView<S>> weights,
                               View<S> d_parameters) const {
    const Index n = weights.rows();
    detail::require_extents(kind, "parameters", parameters, parameter_rows(n), weights.cols());
    detail::require_extents(kind, "d_parameters", d_parameters, parameters.rows(), parameters.cols());
    for (Index j = 0; j < weights.cols(); ++j) {
      const Factor<S> l(*this, parameters, j, n);
      S* const d = d_parameters.col(j).data();
      for (Index i = 0; i < n; ++i) {
        const S w = weights(i, j), variance = l.deviation(i) * l.deviation(i);
        d[i] += w * l.mean[i];
        d[n + i] += S(0.5) * w * l.range.slope(l.v[i]) *
                    (kernels::expm1(l.range.clamp(l.v[i])) + variance * l.squares(i));
        for (Index k = 0; k < i; ++k) l.row(i, d)[k] += w * variance * l.row(i)[k];
      }
    }
  }

 private:
  template <Scalar S>
  detail::ClampedScale<S> range_of() const {
    return {static_cast<S>(min_log_variance), static_cast<S>(max_log_variance)};
  }

  /// Of how many features those are the parameters.
  Index features_of(Index rows) const {
    Index features = 1;
    while (features < max_features && parameter_rows(features) < rows) ++features;
    if (parameter_rows(features) != rows)
      fail<ShapeError>("FullNormal: expected features · (features + 3) / 2 rows of parameters, got {}", rows);
    return features;
  }

  /// One column of parameters, as µ, σ and C.
  template <Scalar S>
  struct Factor {
    Factor(const FullNormal& normal, ConstView<S> parameters, Index column, Index features)
        : n(features), mean(parameters.col(column).data()), v(mean + n), range(normal.range_of<S>()) {}

    /// Row i of C, or of the same in the gradient of a column.
    const S* row(Index i) const { return mean + 2 * n + i * (i - 1) / 2; }
    S* row(Index i, S* d) const { return d + 2 * n + i * (i - 1) / 2; }
    S deviation(Index i) const { return kernels::exp(S(0.5) * range.clamp(v[i])); }
    /// Row i of 1 + C times noise.
    S mixed(Index i, const S* noise) const {
      S sum = noise[i];
      for (Index k = 0; k < i; ++k) sum += row(i)[k] * noise[k];
      return sum;
    }
    /// Σ_k C_ik².
    S squares(Index i) const {
      S sum = 0;
      for (Index k = 0; k < i; ++k) sum += row(i)[k] * row(i)[k];
      return sum;
    }

    /// `z = µ + L noise`, from below, so that z may be the noise.
    void apply(const S* noise, S* z) const {
      for (Index i = n - 1; i >= 0; --i) z[i] = mean[i] + deviation(i) * mixed(i, noise);
    }
    /// `L noise = z − µ`.
    void solve(const S* z, S* noise) const {
      for (Index i = 0; i < n; ++i) {
        noise[i] = (z[i] - mean[i]) / deviation(i);
        for (Index k = 0; k < i; ++k) noise[i] -= row(i)[k] * noise[k];
      }
    }
    /// `(1 + C)ᵀ u = noise`.
    void solve_transposed(const S* noise, S* u) const {
      std::copy_n(noise, n, u);
      for (Index i = n - 1; i >= 0; --i)
        for (Index k = 0; k < i; ++k) u[k] -= row(i)[k] * u[i];
    }
    /// Σ −½ (noise² + v + log 2π).
    S log_density(const S* noise) const {
      double energy = 0;
      for (Index i = 0; i < n; ++i)
        energy += static_cast<double>(noise[i] * noise[i]) + static_cast<double>(range.clamp(v[i]));
      return static_cast<S>(-0.5 * energy - static_cast<double>(n) * detail::half_log_two_pi);
    }
    S divergence(Index i) const {
      const S log_variance = range.clamp(v[i]);
      return S(0.5) * (mean[i] * mean[i] + kernels::exp_minus_tangent(log_variance) +
                       kernels::exp(log_variance) * squares(i));
    }
    /// Adds the gradient of ⟨dz, z⟩, the noise held fixed.
    void add_gradient(const S* dz, const S* noise, S* d) const {
      for (Index i = 0; i < n; ++i) {
        const S by = deviation(i) * dz[i];
        d[i] += dz[i];
        d[n + i] += S(0.5) * range.slope(v[i]) * mixed(i, noise) * by;
        for (Index k = 0; k < i; ++k) row(i, d)[k] += by * noise[k];
      }
    }
    /// Adds the same to the gradient of every log-variance that is in its range.
    void add_to_log_variances(S by, S* d) const {
      for (Index i = 0; i < n; ++i) d[n + i] += by * range.slope(v[i]);
    }

    Index n;
    const S* mean;
    const S* v;
    detail::ClampedScale<S> range;
  };

  /// Calls `f(column, first pair, last pair)` for every column of parameters.
  template <class F>
  static void each_column(const detail::Pairing& pairing, Index n, F&& f) {
    const Index per_column = pairing.pairs_per_parameter;
    kernels::for_each_item(pairing.pairs / per_column, n * n * per_column,
                           [&](Index column) { f(column, column * per_column, (column + 1) * per_column); });
  }

  template <Scalar S>
  detail::Pairing pair_noise(ConstView<S> noise, ConstView<S> parameters) const {
    const auto pairing = detail::pair_columns(kind, noise, parameters, parameter_rows(noise.rows()));
    if (pairing.pairs != noise.cols())
      fail<ShapeError>("FullNormal: {} columns of parameters need at least as many of noise, got {}",
                       parameters.cols(), noise.cols());
    return pairing;
  }
};

}  // namespace eigenerate
