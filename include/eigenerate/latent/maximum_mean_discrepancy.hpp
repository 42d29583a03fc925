#pragma once

#include <cmath>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/latent_term.hpp"

namespace eigenerate {

/// How near two latent vectors are, as a function of their squared distance d².
enum class MmdKernel {
  inverse_multiquadratic,  ///< C / (C + d²)
  rbf                      ///< e^(−d²/C)
};

/// The maximum mean discrepancy between the latent vectors of a batch and as many drawn from the prior:
/// `λ · MMD²`, which brings all of them together to the prior, and needs no density.
///
///     // WAE-MMD                                            // InfoVAE with α and λ
///     {.posterior = DeterministicPosterior{},               {.objective = Elbo{.beta = 1 - alpha},
///      .objective = Reconstruction{},                        .terms = {MaximumMeanDiscrepancy{
///      .terms = {MaximumMeanDiscrepancy{}}}                      .weight = alpha + lambda - 1}}}
///
/// The kernel is a sum over scales s, each with C = 2 · latent · s: for s = 1 that is the expected squared
/// distance of two standard normal vectors.
///
/// **Backward** `dz += ∂/∂z`; vectors of the prior are held constant.
/// **Cost** O((k·n)² · (latent + scales)) for k·n latent vectors.
/// **Numerics** the unbiased estimator, which may be negative: pairs of vectors of one input are left out, as
/// they are not independent. A batch of one input has no pairs, and 0; of a step that is taken in parts, each
/// part is a batch. Sums are in double.
/// **Errors** `validate`: `ConfigError` for a weight or scales out of range.
/// **Source** Gretton et al. 2012, eq. 3; Tolstikhin et al. 2018, algorithm 2, and the scales 0.1 to 10 of
/// the authors' code; InfoVAE: Zhao, Song & Ermon 2019, section 3.
struct MaximumMeanDiscrepancy {
  static constexpr std::string_view kind = "MaximumMeanDiscrepancy";
  static constexpr std::string_view figure = "discrepancy";
  static constexpr bool draws_prior = true;

  double weight = 10;  ///< λ
  MmdKernel kernel = MmdKernel::inverse_multiquadratic;
  std::vector<double> scales{0.1, 0.2, 0.5, 1, 2, 5, 10};

  void validate() const;

  Index memory(Index, Index, Index) const { return 0; }

  template <Scalar S>
  double add(const LatentRound<S>& round, S*, View<S> dz, View<S>) const {
    const ConstView<S>&z = round.z, &p = round.prior;
    const Index n = z.cols(), k = round.samples();
    if (n == k) return 0;
    const auto count = [](Index a, Index b) { return static_cast<double>(a) * static_cast<double>(b); };
    const double of_codes = weight / count(n, n - k), of_prior = weight / count(n, n - 1),
                 of_both = -2 * weight / count(n, n);
    const double base = 2 * static_cast<double>(z.rows());
    return kernels::sum_over_items(n, n * (z.rows() + 1) * 8, [&](Index j) {
      double value = 0;
      // `moves`: how many of the pair's two orders z_j has a share in.
      const auto add_pair = [&](const auto& a, const auto& b, double factor, double moves) {
        const auto [near, slope] = near_and_slope(base, static_cast<double>((a - b).squaredNorm()));
        value += factor * near;
        if (moves > 0) dz.col(j) += static_cast<S>(2 * moves * factor * slope) * (a - b);
      };
      for (Index i = 0; i < n; ++i) {
        if (i / k != j / k) add_pair(z.col(j), z.col(i), of_codes, 2);
        add_pair(z.col(j), p.col(i), of_both, 1);
        if (i != j) add_pair(p.col(j), p.col(i), of_prior, 0);
      }
      return value;
    });
  }

 private:
  struct Near {
    double value, slope;  // of the squared distance
  };
  Near near_and_slope(double base, double squared) const {
    Near sum{0, 0};
    for (const double scale : scales) {
      const double c = base * scale;
      const double near = kernel == MmdKernel::rbf ? std::exp(-squared / c) : c / (c + squared);
      sum.value += near;
      sum.slope -= kernel == MmdKernel::rbf ? near / c : near * near / c;
    }
    return sum;
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void MaximumMeanDiscrepancy::validate() const {
  if (!(is_finite(weight) && weight >= 0))
    fail<ConfigError>("MaximumMeanDiscrepancy: weight must be finite and not negative, got {}", weight);
  if (scales.empty()) fail<ConfigError>("MaximumMeanDiscrepancy: expected at least one scale");
  for (const double scale : scales)
    if (!(is_finite(scale) && scale > 0))
      fail<ConfigError>("MaximumMeanDiscrepancy: scales must be finite and positive, got {}", scale);
}

#endif

}  // namespace eigenerate
