#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/distributions/integer_likelihood.hpp"
#include "eigenerate/distributions/scale.hpp"

namespace eigenerate {

/// What else a `DiscretizedLogisticMixture` is told.
struct LogisticMixtureOptions {
  double min_log_scale = -7;
  double max_log_scale = 10;
};

/// Independent features over the levels 0 … levels − 1, such as the grey levels of pixels: a mixture of
/// logistic distributions, rounded to levels, of which the two at the ends have all that lies beyond.
///
/// The levels stand evenly in [−1, 1], v = 2x / (levels − 1) − 1, with half a step δ between a level and its
/// bin's end. A component with mean µ and log-scale s gives x the probability σ(a) − σ(b) with a = (v + δ −
/// µ) e⁻ˢ and b = (v − δ − µ) e⁻ˢ; at the lower end σ(b) is 0, at the upper one σ(a) is 1. The log-scale is
/// clamped to [min_log_scale, max_log_scale], with zero gradient outside.
///
/// **Shapes** x: features × n, levels; parameters: 3 · components · features × m, those of a feature next to
/// each other: logits of the components, means, log-scales. An image of one channel comes from one of 3 ·
/// components.
/// **Backward** of a component with w = a − b: `∂ log p / ∂µ = (σ(b) − σ(−a)) e⁻ˢ`, `∂ log p / ∂s = b σ(b) −
/// a σ(−a) − w / (eʷ − 1)`; without the terms of b at the lower end, of a at the upper one, and of w at both.
/// A mixture's share of each component weighs them.
/// **Cost** an exponential, two softplus functions and a logarithm for each component of each feature; the
/// mean a sigmoid for each level of these.
/// **Errors** `ConfigError` for values that are not integers in [0, levels − 1].
/// **Numerics** nats. σ(a) − σ(b) = (e⁻ᵇ − e⁻ᵃ) σ(a) σ(b), so its logarithm is `log(1 − e⁻ʷ) − softplus(−a) −
/// softplus(b)`, and w = 2δ e⁻ˢ is no difference: nothing cancels, however far x lies from the mean or how
/// narrow the bin. (The published code takes the density in the bin's middle where the difference is below
/// 1e-5.)
/// **Source** Salimans, Karpathy, Chen & Kingma 2017, "PixelCNN++", section 2.1 and its code.
struct DiscretizedLogisticMixture : IntegerLikelihood<DiscretizedLogisticMixture> {
  static constexpr std::string_view kind = "DiscretizedLogisticMixture";
  static constexpr Index most_components = 64;

  Index components;
  Index level_count;  ///< values of a feature
  LogisticMixtureOptions options;

  explicit constexpr DiscretizedLogisticMixture(Index components_ = 5, Index levels = 256,
                                                LogisticMixtureOptions options_ = {})
      : components(components_), level_count(levels), options(options_) {}

  /// `ConfigError` for members out of range.
  void validate() const {
    if (components < 1 || components > most_components)
      fail<ConfigError>("DiscretizedLogisticMixture: expected between 1 and {} components, got {}",
                        most_components, components);
    if (level_count < 2 || level_count > 65536)
      fail<ConfigError>("DiscretizedLogisticMixture: expected between 2 and 65536 levels, got {}",
                        level_count);
    detail::require_scale_range(kind, "log_scale", options.min_log_scale, options.max_log_scale, 40);
  }

  Index levels() const { return level_count; }
  Index parameters_per_feature() const {
    if (components < 1 || components > most_components)
      validate();  // it refuses them: arrays would be too small
    return 3 * components;
  }
  static constexpr Index group(Index) { return 1; }

  template <Scalar S>
  S log_probability_of(Index x, Strided<const S> p, S w, Strided<S> d) const {
    std::array<S, static_cast<std::size_t>(most_components)> joint;  // log (weight · probability)
    std::array<Component<S>, static_cast<std::size_t>(most_components)> parts;
    const auto at = [](Index k) { return static_cast<std::size_t>(k); };
    S highest = p[0], most = S(0);
    for (Index k = 1; k < components; ++k) highest = std::max(highest, p[k]);
    for (Index k = 0; k < components; ++k) {
      parts[at(k)] = component(x, p[components + k], p[2 * components + k], d.first != nullptr);
      joint[at(k)] = p[k] - highest + parts[at(k)].log_p;
      most = k == 0 ? joint[0] : std::max(most, joint[at(k)]);
    }
    S total = S(0), weights = S(0);
    for (Index k = 0; k < components; ++k) {
      total += kernels::exp_nonpositive(joint[at(k)] - most);
      weights += kernels::exp_nonpositive(p[k] - highest);
    }
    for (Index k = 0; d.first && k < components; ++k) {
      const S share = w * kernels::exp_nonpositive(joint[at(k)] - most) / total;
      d[k] += share - w * kernels::exp_nonpositive(p[k] - highest) / weights;
      d[components + k] += share * parts[at(k)].by_mean;
      d[2 * components + k] += share * parts[at(k)].by_log_scale;
    }
    return most + kernels::log(total) - kernels::log(weights);
  }
  /// Differences of the distribution function between the bins' ends: exact to roundings of 1, and so coarse
  /// for levels that are all but impossible.
  template <Scalar S>
  void masses_of(Strided<const S> p, std::span<double> out) const {
    double highest = static_cast<double>(p[0]);
    for (Index k = 1; k < components; ++k) highest = std::max(highest, static_cast<double>(p[k]));
    std::fill(out.begin(), out.end(), 0.0);
    for (Index k = 0; k < components; ++k) {
      const double weight = std::exp(static_cast<double>(p[k]) - highest),
                   mean = static_cast<double>(p[components + k]),
                   narrowness = std::exp(-scales<double>().clamp(static_cast<double>(p[2 * components + k])));
      double below = 0;
      for (Index x = 0; x < level_count; ++x) {
        const double end = (value<double>(x) + half_step<double>() - mean) * narrowness,
                     up_to = x < level_count - 1 ? std::max(kernels::sigmoid(end), below) : 1;
        out[static_cast<std::size_t>(x)] += weight * (up_to - below);
        below = up_to;
      }
    }
  }
  /// Σ over the bins' lower ends of the probability to lie above.
  template <Scalar S>
  S mean_of(Strided<const S> p) const {
    double highest = static_cast<double>(p[0]), total = 0, sum = 0;
    for (Index k = 1; k < components; ++k) highest = std::max(highest, static_cast<double>(p[k]));
    for (Index k = 0; k < components; ++k) {
      const double weight = std::exp(static_cast<double>(p[k]) - highest);
      const S mean = p[components + k], narrowness = kernels::exp(-scales<S>().clamp(p[2 * components + k]));
      double above = 0;
      for (Index x = 1; x < level_count; ++x)
        above += static_cast<double>(kernels::sigmoid((mean - value<S>(x) + half_step<S>()) * narrowness));
      total += weight;
      sum += weight * above;
    }
    return static_cast<S>(sum / total);
  }
  /// A component by u, then a number of its distribution by v, rounded to a level.
  template <Scalar S>
  Index sample_of(Strided<const S> p, double u, double v) const {
    const Index k = draw_level(components, u, [&](Index i) { return static_cast<double>(p[i]); });
    const double scale = std::exp(scales<double>().clamp(static_cast<double>(p[2 * components + k])));
    const double drawn = static_cast<double>(p[components + k]) + scale * (std::log(v) - std::log1p(-v));
    const double top = static_cast<double>(level_count - 1), level = std::round((drawn + 1) / 2 * top);
    return static_cast<Index>(level > 0 ? std::min(level, top) : 0);
  }

 private:
  template <Scalar S>
  struct Component {
    S log_p, by_mean, by_log_scale;
  };

  template <Scalar S>
  detail::ClampedScale<S> scales() const {
    return {static_cast<S>(options.min_log_scale), static_cast<S>(options.max_log_scale)};
  }
  template <Scalar S>
  S half_step() const {
    return S(1) / static_cast<S>(level_count - 1);
  }
  /// Where level x stands in [−1, 1].
  template <Scalar S>
  S value(Index x) const {
    return S(2) * static_cast<S>(x) / static_cast<S>(level_count - 1) - S(1);
  }

  template <Scalar S>
  Component<S> component(Index x, S mean, S log_scale, bool derivatives) const {
    const S narrowness = kernels::exp(-scales<S>().clamp(log_scale)), distance = value<S>(x) - mean;
    const S a = (distance + half_step<S>()) * narrowness, b = (distance - half_step<S>()) * narrowness,
            w = S(2) * half_step<S>() * narrowness;
    Component<S> c{S(0), S(0), S(0)};
    if (x < level_count - 1) {
      const auto [tail, softplus] = kernels::sigmoid_and_softplus(-a);
      c = {-softplus, -tail, -a * tail};
    }
    if (x > 0) {
      const auto [tail, softplus] = kernels::sigmoid_and_softplus(b);
      c = {c.log_p - softplus, c.by_mean + tail, c.by_log_scale + b * tail};
    }
    if (x > 0 && x < level_count - 1) {
      c.log_p += kernels::log(-kernels::expm1_nonpositive(-w));
      if (derivatives) c.by_log_scale -= w / kernels::expm1(w);
    }
    return {c.log_p, c.by_mean * narrowness, c.by_log_scale * scales<S>().slope(log_scale)};
  }
};

}  // namespace eigenerate
