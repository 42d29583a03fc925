#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/distributions/detail/to_shares.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/latent_term.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"

namespace eigenerate {

/// What makes the ELBO beside it a β-TCVAE: the KL is the sum of the mutual information I(x; z), the total
/// correlation of z (how far its dimensions depend on each other) and the KL of each dimension by itself, and
/// this term weighs the three apart.
///
///     {.objective = Elbo{}, .terms = {TotalCorrelation{.beta = 6, .data_size = 60'000}}}
///
/// **Shapes** of the three, `(α − 1) · I + (β − 1) · TC + (γ − 1) · Σ_d KL_d` joins the loss, in which
/// `Elbo{}` has each of them once already.
/// **Backward** through z, and through means and log-variances of the whole batch, of which the aggregate
/// q(z) is made.
/// **Cost** k·n² · latent exponentials for n inputs with k latent vectors each, and as many scalars of
/// memory.
/// **Numerics** minibatch-weighted sampling: log q(z) ≈ log 1/(N M) Σ_j q(z|x_j) over the M inputs of the
/// batch (of each part of a step that is taken in parts), N those of the data set, and likewise for each
/// dimension. It is biased, more so for small batches, but its gradient is what counts.
/// **Errors** `ConfigError`: `validate` for members out of range; for a posterior that is not one of
/// independent normal dimensions, and, where γ is not 1, for another prior than the standard normal one.
/// **Source** Chen et al. 2018, eq. 2 to 4 and S4.
struct TotalCorrelation {
  static constexpr std::string_view kind = "TotalCorrelation";
  static constexpr std::string_view figure = "total_correlation";

  double alpha = 1;     ///< of the mutual information
  double beta = 6;      ///< of the total correlation
  double gamma = 1;     ///< of the dimensions' own KL
  Index data_size = 0;  ///< N; must be said

  void validate() const;

  template <Scalar S>
  void require(const LatentTermSetup<S>& setup) const {
    if (!setup.posterior->distribution().template as<DiagonalNormal>())
      fail<ConfigError>("{}: needs a posterior of independent normal dimensions, got {}", kind,
                        setup.posterior->kind());
    if (gamma != 1 && setup.prior->kind() != StandardNormal::kind)
      fail<ConfigError>("{}: the KL of each dimension needs a StandardNormal prior, got {}; leave gamma at 1",
                        kind, setup.prior->kind());
  }

  /// Means, log-variances, precisions and their gradients, transposed; densities, then weights; log p(z).
  Index memory(Index latent, Index inputs, Index samples) const {
    return 5 * latent * inputs + (latent + 1) * inputs * samples + samples;
  }

  template <Scalar S>
  double add(const LatentRound<S>& round, S* memory, View<S> dz, View<S> dh) const {
    const DiagonalNormal& normal = *round.posterior->distribution().template as<DiagonalNormal>();
    Densities<S> q(round.h, round.z, normal, memory);
    const double value = weigh(q, round.z, dz);
    q.backward_to_parameters(round.z);
    q.add_to(dh, round.h, normal);
    return value + (gamma == 1 ? 0 : add_prior(round.z, q.of_prior, dz));
  }

 private:
  /// log q(z_jd | x_i) of all triples, which become the weights that the loss gives them.
  template <Scalar S>
  struct Densities {
    Densities(ConstView<S> h, ConstView<S> z, const DiagonalNormal& normal, S* memory)
        : n(h.cols()),
          latent(z.rows()),
          mean(memory, n, latent),
          v(memory + n * latent, n, latent),
          precision(v.data() + n * latent, n, latent),
          d_mean(precision.data() + n * latent, n, latent),
          d_v(d_mean.data() + n * latent, n, latent),
          values(d_v.data() + n * latent),
          of_prior(values + n * (latent + 1) * z.cols()) {
      View<S> untransposed(d_mean.data(), latent, n);  // written later
      normal.log_variance(h, untransposed);
      v = untransposed.transpose();
      mean = h.topRows(latent).transpose();
      kernels::map(
          precision.data(), n * latent, [](S x) { return kernels::exp(-x); }, v.data());
    }

    /// Of vector j: those of dimension d by input, and those of all dimensions together.
    S* of_dimension(Index j, Index d) const { return values + (j * (latent + 1) + d) * n; }
    S* of_all(Index j) const { return of_dimension(j, latent); }

    void evaluate(ConstView<S> z, Index j) const {
      S* const all = of_all(j);
      std::fill_n(all, n, S(0));
      for (Index d = 0; d < latent; ++d) {
        const auto log_density = [z_d = z(d, j)](S m, S log_variance, S p) {
          return S(-0.5) * ((z_d - m) * (z_d - m) * p + log_variance + S(2 * detail::half_log_two_pi));
        };
        S* const q = of_dimension(j, d);
        kernels::map(q, n, log_density, &mean(0, d), &v(0, d), &precision(0, d));
        kernels::map(
            all, n, [](S a, S b) { return a + b; }, all, q);
      }
    }
    /// The gradient of the weighted densities by z_jd.
    double slope(ConstView<S> z, Index j, Index d) const {
      const S* const weight = of_dimension(j, d);
      double sum = 0;
      for (Index i = 0; i < n; ++i)
        sum -= static_cast<double>(weight[i] * (z(d, j) - mean(i, d)) * precision(i, d));
      return sum;
    }
    /// The same by means and log-variances.
    void backward_to_parameters(ConstView<S> z) {
      kernels::for_each_item(latent, 8 * n * z.cols(), [&](Index d) {
        S *const to_mean = d_mean.data() + d * n, *const to_v = d_v.data() + d * n;
        std::fill_n(to_mean, n, S(0));
        std::fill_n(to_v, n, S(0));
        for (Index j = 0; j < z.cols(); ++j) {
          const auto add_to_mean = [z_d = z(d, j)](S sum, S w, S m, S p) { return sum + w * (z_d - m) * p; };
          const auto add_to_v = [z_d = z(d, j)](S sum, S w, S m, S p) {
            return sum + S(0.5) * w * ((z_d - m) * (z_d - m) * p - S(1));
          };
          const S* const weight = of_dimension(j, d);
          kernels::map(to_mean, n, add_to_mean, to_mean, weight, &mean(0, d), &precision(0, d));
          kernels::map(to_v, n, add_to_v, to_v, weight, &mean(0, d), &precision(0, d));
        }
      });
    }
    void add_to(View<S> dh, ConstView<S> h, const DiagonalNormal& normal) {
      dh.topRows(latent) += d_mean.transpose();
      View<S> untransposed(d_mean.data(), latent, n);  // read for the last time
      untransposed = d_v.transpose();
      normal.log_variance_backward(h, as_const(untransposed), dh);
    }

    Index n, latent;
    View<S> mean, v, precision, d_mean, d_v;  // n × latent: contiguous over the inputs
    S *values, *of_prior;
  };

  /// The value of the densities; puts the weight of each in its place, and adds the gradient by z.
  template <Scalar S>
  double weigh(const Densities<S>& q, ConstView<S> z, View<S> dz) const {
    const double columns = static_cast<double>(z.cols()),
                 log_nm = std::log(static_cast<double>(data_size)) + std::log(static_cast<double>(q.n));
    // Of log q(z|x), log q(z) and Σ log q(z_d).
    const double own = (alpha - 1) / columns, joint = (beta - alpha) / columns,
                 marginal = (gamma - beta) / columns;
    const Index k = z.cols() / q.n;
    return kernels::sum_over_items(z.cols(), 4 * q.n * (q.latent + 1), [&](Index j) {
      q.evaluate(z, j);
      S* const all = q.of_all(j);
      double value = own * static_cast<double>(all[j / k]);
      value += joint * (detail::to_shares(all, q.n, joint) - log_nm);
      all[j / k] += static_cast<S>(own);
      for (Index d = 0; d < q.latent; ++d) {
        S* const weight = q.of_dimension(j, d);
        value += marginal * (detail::to_shares(weight, q.n, marginal) - log_nm);
        kernels::map(
            weight, q.n, [](S a, S b) { return a + b; }, weight, all);
        dz(d, j) += static_cast<S>(q.slope(z, j, d));
      }
      return value;
    });
  }

  /// Σ −(γ − 1) log p(z).
  template <Scalar S>
  double add_prior(ConstView<S> z, S* memory, View<S> dz) const {
    const Index n = z.cols();
    const double weight = (1 - gamma) / static_cast<double>(n);
    standard_normal_log_probability<S>(z, numbers(memory, n));
    double sum = 0;
    for (Index j = 0; j < n; ++j) sum += static_cast<double>(memory[j]);
    std::fill_n(memory, n, static_cast<S>(weight));
    standard_normal_log_probability_backward<S>(z, numbers(static_cast<const S*>(memory), n), dz);
    return weight * sum;
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void TotalCorrelation::validate() const {
  for (const double weight : {alpha, beta, gamma})
    if (!(is_finite(weight) && weight >= 0))
      fail<ConfigError>(
          "TotalCorrelation: alpha, beta and gamma must be finite and not negative, got {}, {} and {}", alpha,
          beta, gamma);
  if (data_size < 1)
    fail<ConfigError>(
        "TotalCorrelation: say how many samples the data set has: .data_size = data.size(), got {}",
        data_size);
}

#endif

}  // namespace eigenerate
