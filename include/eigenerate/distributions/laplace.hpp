#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/distributions/location_scale_likelihood.hpp"

namespace eigenerate {

/// What else a `Laplace` is told.
struct LaplaceOptions {
  double scale = 1;  ///< b, where it is fixed
  Spread spread = Spread::fixed;
  Index channels = 0;  ///< of images, with a scale for each feature; 0: a vector
  double min_log_scale = -10;
  double max_log_scale = 10;
};

/// Independent features with the density `e^(−|x − µ| / b) / 2b`, whose scale b is fixed, shared by all
/// features and learned, or each feature's own: absolute errors where `Normal` has squared ones.
///
/// The parameter of a learned scale is log b, clamped to [min_log_scale, max_log_scale] with zero gradient
/// outside.
///
/// **Shapes** as `LocationScaleLikelihood`, by `spread` and `channels`.
/// **Backward** with r = x − µ: `∂ log p / ∂µ = sign(r) / b`, 0 at r = 0, as PyTorch's; `∂ log p / ∂ log b =
/// |r| / b − 1`.
/// **Errors** `ConfigError` from `validate` for members out of range.
/// **Numerics** nats, constants included.
struct Laplace : LocationScaleLikelihood<Laplace> {
  static constexpr std::string_view kind = "Laplace";
  static constexpr double constant = std::numbers::ln2;

  LaplaceOptions options;

  explicit constexpr Laplace(LaplaceOptions options_ = {}) : options(options_) {}
  /// With a fixed scale.
  explicit constexpr Laplace(double scale) : options{.scale = scale} {}

  /// `ConfigError` unless the scale is positive, the range is not empty and e^±log b stays finite in float.
  void validate() const {
    const double scale = options.scale;
    if (!(is_finite(scale) && scale >= 1e-15 && scale <= 1e15))
      fail<ConfigError>("Laplace: expected a scale in [1e-15, 1e15], got {}", scale);
    if (options.channels < 0) fail<ConfigError>("Laplace: expected channels >= 0, got {}", options.channels);
    detail::require_scale_range(kind, "log_scale", options.min_log_scale, options.max_log_scale, 40);
  }

  template <Scalar S>
  detail::ClampedScale<S> clamped_scale() const {
    return {static_cast<S>(options.min_log_scale), static_cast<S>(options.max_log_scale)};
  }
  double fixed_scale() const { return std::log(options.scale); }

  /// The density with one log-scale, without its constant.
  template <Scalar S>
  struct Density {
    S log_scale, inverse;
    S energy(S r) const { return std::abs(r) * inverse + log_scale; }
    S by_location(S r) const {
      return kernels::select(r > S(0), inverse, kernels::select(r < S(0), -inverse, r * inverse));
    }
    S by_scale(S r) const { return std::abs(r) * inverse - S(1); }
  };
  template <Scalar S>
  Density<S> at(S log_scale) const {
    return {log_scale, kernels::exp(-log_scale)};
  }

  template <Scalar S>
  static void fill(View<S> out, const RandomStream& random) {
    fill_uniform(out.data(), out.size(), random);
  }
  /// The inverse of the distribution function.
  template <Scalar S>
  S sample_of(S uniform, S log_scale) const {
    const S u = uniform - S(0.5);
    return std::copysign(kernels::exp(log_scale) * kernels::log1p(S(-2) * std::abs(u)), u);
  }
};

}  // namespace eigenerate
