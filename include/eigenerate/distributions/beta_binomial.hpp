#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/distributions/detail/gamma_functions.hpp"
#include "eigenerate/distributions/integer_likelihood.hpp"
#include "eigenerate/distributions/scale.hpp"

namespace eigenerate {

/// What else a `BetaBinomial` is told.
struct BetaBinomialOptions {
  Index channels = 0;  ///< of images; 0: a vector
  double min_log = -30;
  double max_log = 30;
};

/// Independent features over the levels 0 … trials, such as the grey levels 0 … 255: the number of successes
/// in so many trials, whose probability is Beta(α, β) distributed, from log α and log β.
///
/// Both are clamped to [min_log, max_log], with zero gradient outside.
///
/// **Shapes** x: features × n, levels; parameters: 2·features × m. `channels` = 0 is a vector, all log α
/// above all log β, as `chunk(2, dim=1)` takes them; an image has the log α of its `channels` before their
/// log β in every pixel.
/// **Backward** with the digamma function ψ and t trials: `∂ log p / ∂ log α = α (ψ(x + α) − ψ(α) − ψ(t + α +
/// β) + ψ(α + β))`; for β the same with t − x.
/// **Cost** nine log-gamma functions for each feature, and six digamma functions for its gradient.
/// **Errors** `ConfigError` for values that are not integers in [0, trials].
/// **Numerics** nats; in double whatever the scalar. Differences of log-gamma functions of large numbers are
/// taken by Stirling's series, so that a term is within some 1e-12 for any α and β of the range.
/// **Source** Townsend, Bird & Barber 2019, "Practical lossless compression with latent variables using bits
/// back coding", whose grey images have this likelihood.
struct BetaBinomial : IntegerLikelihood<BetaBinomial> {
  static constexpr std::string_view kind = "BetaBinomial";

  Index trials;
  BetaBinomialOptions options;

  explicit constexpr BetaBinomial(Index trials_ = 255, BetaBinomialOptions options_ = {})
      : trials(trials_), options(options_) {}

  /// `ConfigError` unless there are trials, and the range is not empty and within ±40.
  void validate() const {
    if (trials < 1 || trials > 65535)
      fail<ConfigError>("BetaBinomial: expected between 1 and 65535 trials, got {}", trials);
    if (options.channels < 0)
      fail<ConfigError>("BetaBinomial: expected channels >= 0, got {}", options.channels);
    detail::require_scale_range(kind, "log", options.min_log, options.max_log, 40);
  }

  Index levels() const { return trials + 1; }
  static constexpr Index parameters_per_feature() { return 2; }
  Index group(Index features) const { return options.channels > 0 ? options.channels : features; }

  template <Scalar S>
  S log_probability_of(Index x, Strided<const S> p, S w, Strided<S> d) const {
    const auto [a, b] = shapes(p);
    const double t = static_cast<double>(trials), k = static_cast<double>(x);
    if (d.first) {
      const auto range = clamped();
      const double common = -detail::digamma_difference(a + b, t);
      const auto add = [&](Index i, double shape, double count) {
        const double slope = range.slope(static_cast<double>(p[i]));
        d[i] += static_cast<S>(static_cast<double>(w) * slope * shape *
                               (detail::digamma_difference(shape, count) + common));
      };
      add(0, a, k);
      add(1, b, t - k);
    }
    return static_cast<S>(log_choices(x) + detail::log_gamma_ratio(a, k) + detail::log_gamma_ratio(b, t - k) -
                          detail::log_gamma_ratio(a + b, t));
  }
  /// From the ratios of neighbours.
  template <Scalar S>
  void masses_of(Strided<const S> p, std::span<double> out) const {
    const Shapes shape = shapes(p);
    double log_mass = 0, highest = 0;
    out[0] = 0;
    for (Index k = 0; k < trials; ++k) {
      log_mass += log_ratio(k, shape);
      highest = std::max(highest, log_mass);
      out[static_cast<std::size_t>(k + 1)] = log_mass;
    }
    for (double& mass : out) mass = std::exp(mass - highest);
  }
  template <Scalar S>
  S mean_of(Strided<const S> p) const {
    const auto [a, b] = shapes(p);
    return static_cast<S>(static_cast<double>(trials) * (a / (a + b)));
  }
  template <Scalar S>
  Index sample_of(Strided<const S> p, double u, double) const {
    // By the ratios of neighbours from level 0 on, first the largest and the whole, then the share.
    const Shapes shape = shapes(p);
    const auto walk = [&](const auto& stop) {
      double log_mass = 0;
      Index k = 0;
      for (; k < trials; ++k) {
        if (stop(log_mass)) break;
        log_mass += log_ratio(k, shape);
      }
      if (k == trials) (void)stop(log_mass);
      return k;
    };
    double highest = 0, total = 0;
    walk([&](double log_mass) { return highest = std::max(highest, log_mass), false; });
    walk([&](double log_mass) { return total += std::exp(log_mass - highest), false; });
    double rest = u * total;
    return walk([&](double log_mass) { return (rest -= std::exp(log_mass - highest)) < 0; });
  }

 private:
  struct Shapes {
    double a, b;
  };
  detail::ClampedScale<double> clamped() const { return {options.min_log, options.max_log}; }
  template <Scalar S>
  Shapes shapes(Strided<const S> p) const {
    const auto range = clamped();
    return {std::exp(range.clamp(static_cast<double>(p[0]))),
            std::exp(range.clamp(static_cast<double>(p[1])))};
  }
  /// log p(k + 1) − log p(k).
  double log_ratio(Index k, const Shapes& shape) const {
    const double x = static_cast<double>(k), rest = static_cast<double>(trials - k);
    return std::log(rest * (x + shape.a) / ((x + 1) * (rest - 1 + shape.b)));
  }
  /// log (trials over x).
  double log_choices(Index x) const {
    using detail::log_gamma;
    return log_gamma(static_cast<double>(trials + 1)) - log_gamma(static_cast<double>(x + 1)) -
           log_gamma(static_cast<double>(trials - x + 1));
  }
};

}  // namespace eigenerate
