#pragma once

#include <cmath>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/distributions/location_scale_likelihood.hpp"
#include "eigenerate/distributions/unit_normal.hpp"

namespace eigenerate {

/// What else a `Normal` is told.
struct NormalOptions {
  double deviation = 1;  ///< where it is fixed
  Spread spread = Spread::fixed;
  Scale scale = Scale::log_variance;  ///< what the parameters say of a learned one
  Index channels = 0;                 ///< of images, with a variance for each feature; 0: a vector
  double min_log_variance = -20;
  double max_log_variance = 20;
};

/// Independent normal features of any shape, whose variance is fixed, shared by all features and learned, or
/// each feature's own.
///
/// A shared, learned one (σ-VAE) is what balances reconstruction and KL without a weight to be tuned. The
/// variances' parameters are clamped as in `DiagonalNormal`, which is the posterior that goes with it, and
/// has the same numbers for vectors with a variance for each feature.
///
/// **Shapes** as `LocationScaleLikelihood`, by `spread` and `channels`.
/// **Backward** with r = x − µ and the log-variance v: `∂ log p / ∂µ = r e⁻ᵛ`, `∂ log p / ∂v = ½ (r² e⁻ᵛ −
/// 1)`.
/// **Errors** `ConfigError` from `validate` for members out of range.
/// **Numerics** nats, constants included.
/// **Source** Kingma & Welling 2014; the shared variance: Rybkin, Daniilidis & Levine 2021, "Simple and
/// effective VAE training with calibrated decoders", section 4.1.
struct Normal : LocationScaleLikelihood<Normal> {
  static constexpr std::string_view kind = "Normal";
  static constexpr double constant = detail::half_log_two_pi;

  NormalOptions options;

  explicit constexpr Normal(NormalOptions options_ = {}) : options(options_) {}
  /// With a fixed standard deviation.
  explicit constexpr Normal(double deviation) : options{.deviation = deviation} {}

  /// `ConfigError` unless the deviation is positive, the range is not empty and e^±v stays finite in float.
  void validate() const {
    const double deviation = options.deviation;
    if (!(is_finite(deviation) && deviation >= 1e-15 && deviation <= 1e15))
      fail<ConfigError>("Normal: expected a deviation in [1e-15, 1e15], got {}", deviation);
    if (options.channels < 0) fail<ConfigError>("Normal: expected channels >= 0, got {}", options.channels);
    detail::require_scale_range(kind, "log_variance", options.min_log_variance, options.max_log_variance, 80);
  }

  template <Scalar S>
  detail::ClampedScale<S> clamped_scale() const {
    return {static_cast<S>(options.min_log_variance), static_cast<S>(options.max_log_variance),
            options.scale == Scale::log_deviation ? S(2) : S(1)};
  }
  double fixed_scale() const { return 2 * std::log(options.deviation); }

  /// The density with one log-variance, without its constant.
  template <Scalar S>
  struct Density {
    S log_variance, precision;
    S energy(S r) const { return S(0.5) * (r * r * precision + log_variance); }
    S by_location(S r) const { return r * precision; }
    S by_scale(S r) const { return S(0.5) * (r * r * precision - S(1)); }
  };
  template <Scalar S>
  Density<S> at(S v) const {
    return {v, kernels::exp(-v)};
  }

  template <Scalar S>
  static void fill(View<S> out, const RandomStream& random) {
    fill_normal(out.data(), out.size(), random);
  }
  template <Scalar S>
  S sample_of(S noise, S v) const {
    return kernels::exp(S(0.5) * v) * noise;
  }
};

}  // namespace eigenerate
