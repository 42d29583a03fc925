#pragma once

#include <string_view>

#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/elementwise_likelihood.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Independent features in [0, 1] from their logits, with the density `p(x) ∝ λˣ (1−λ)¹⁻ˣ`, λ = sigmoid(l):
/// what `Bernoulli` makes of grey levels, normalized.
///
/// The density is an exponential cut off at both ends, `p(x) = eˡˣ l / (eˡ − 1)`. With h = l/2 that is
/// `log p(x) = l·(x − ½) − log(sinh h / h)`, and the mean is ½ + ½ (coth h − 1/h). The paper's normalizing
/// constant C(λ) is `l / tanh(h)`, and this the same density.
///
/// **Shapes** x: features × n, parameters (logits): features × m, n and m multiples of each other.
/// **Backward** `∂ log p / ∂l = x − mean(l)`; the mean is not λ.
/// **Errors** `ConfigError` for values outside [0, 1].
/// **Numerics** nats; any finite logit is safe. coth h − 1/h loses u/|h| to cancellation, u = 2⁻²⁴ in float
/// and 2⁻⁵³ in double, and has no value at h = 0. So below |h| = ½ (λ between 0.27 and 0.73) it is its Taylor
/// series, `Σₙ 2²ⁿ B₂ₙ h²ⁿ⁻¹ / (2n)!`, in ten terms. Its terms are below 4 (h/π)²ⁿ, so at the crossover the
/// eleventh is 1.2e-17 and the rest adds 3 % to it: nothing in double. Beyond the crossover the closed form
/// loses no more than 2 u. log(sinh h / h) is the integral of the same series, and beyond it `h + log((1 −
/// e⁻²ʰ) / 2h)`. A log-probability is within 20 u · Σ max(1, |l|) of the exact one.
/// **Source** Loaiza-Ganem & Cunningham 2019, "The continuous Bernoulli: fixing a pervasive error in
/// variational autoencoders", eq. 6-8; theirs is a series of the constant in λ, ours of both in the logit.
struct ContinuousBernoulli : ElementwiseLikelihood<ContinuousBernoulli> {
  static constexpr std::string_view kind = "ContinuousBernoulli";

  /// The values that have a density.
  constexpr ValueRange support() const { return {0, 1}; }
  /// What a decoder must be able to put out for data in `data`: logits are any numbers.
  constexpr ValueRange parameter_range(const ValueRange&) const { return ValueRange::everything(); }

  template <Scalar S>
  S log_probability_of(S x, S logit) const {
    return logit * (x - S(0.5)) - constants(logit).log_normalizer;
  }
  template <Scalar S>
  S derivative_of(S x, S logit) const {
    return x - mean_of(logit);
  }
  template <Scalar S>
  kernels::ValueAndTerm<S> derivative_and_log_probability_of(S x, S logit) const {
    const Constants<S> k = constants(logit);
    return {x - k.mean, logit * (x - S(0.5)) - k.log_normalizer};
  }
  template <Scalar S>
  S mean_of(S logit) const {
    return constants(logit).mean;
  }
  /// The inverse of the distribution function: `log(1 + u (eˡ − 1)) / l`, mirrored for l > 0, where eˡ would
  /// overflow.
  template <Scalar S>
  S sample_of(S uniform, S logit) const {
    // Where the logit is nearly 0 the sample is the uniform number: its share is below 1e-6 there.
    const S t = -kernels::select(std::abs(logit) < S(1e-6), S(1e-6), std::abs(logit));
    const S u = kernels::select(logit < S(0), uniform, S(1) - uniform);
    const S y = kernels::log1p(u * kernels::expm1_nonpositive(t)) / t;
    const S x = kernels::select(logit < S(0), y, S(1) - y);
    return kernels::select(x < S(0), S(0), kernels::select(x > S(1), S(1), x));
  }

 private:
  // 2²ⁿ B₂ₙ / (2n)!, n = 1 …; of its integral the same over 2n.
  static constexpr double series[] = {1.0 / 3,
                                      -1.0 / 45,
                                      2.0 / 945,
                                      -1.0 / 4725,
                                      2.0 / 93555,
                                      -1382.0 / 638512875,
                                      4.0 / 18243225,
                                      -3617.0 / 162820783125,
                                      87734.0 / 38979295480125,
                                      -349222.0 / 1531329465290625};
  template <int n, class S>
  static constexpr S c = static_cast<S>(series[n - 1]);
  template <int n, class S>
  static constexpr S d = static_cast<S>(series[n - 1] / (2 * n));

  template <Scalar S>
  struct Constants {
    S mean, log_normalizer;
  };

  template <Scalar S>
  static Constants<S> constants(S logit) {
    const S h = S(0.5) * std::abs(logit);
    const S small = kernels::select(h > S(0.5), S(0.5), h), z = small * small;
    // Written out, because a loop in here would keep the loop over the features from vectorising.
    const S slope =
        c<1, S> +
        z * (c<2, S> +
             z * (c<3, S> +
                  z * (c<4, S> +
                       z * (c<5, S> +
                            z * (c<6, S> +
                                 z * (c<7, S> + z * (c<8, S> + z * (c<9, S> + z * (c<10, S>)))))))));
    const S integral =
        d<1, S> +
        z * (d<2, S> +
             z * (d<3, S> +
                  z * (d<4, S> +
                       z * (d<5, S> +
                            z * (d<6, S> +
                                 z * (d<7, S> + z * (d<8, S> + z * (d<9, S> + z * (d<10, S>)))))))));
    const S large = kernels::select(h < S(0.5), S(0.5), h), e = kernels::exp_nonpositive(S(-2) * large);
    const S langevin = (S(1) + e) / (S(1) - e) - S(1) / large;
    const bool near = h < S(0.5);
    const S bend = S(0.5) * kernels::select(near, small * slope, langevin);
    return {S(0.5) + kernels::select(logit < S(0), -bend, bend),
            kernels::select(near, z * integral, large + kernels::log((S(1) - e) / (S(2) * large)))};
  }
};

}  // namespace eigenerate
