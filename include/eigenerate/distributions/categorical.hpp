#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/distributions/integer_likelihood.hpp"

namespace eigenerate {

/// Independent features over `categories` values 0, 1, … from a logit for each: `p(k) = e^(l_k) / Σ e^(l_i)`.
///
/// **Shapes** x: features × n, category numbers; parameters: categories · features × m, the logits of a
/// feature next to each other: an image of C channels comes from one of C · categories.
/// **Backward** `∂ log p(x) / ∂l_k = [k = x] − p(k)`.
/// **Errors** `ConfigError` for values that are not integers in [0, categories − 1].
/// **Numerics** nats; the largest logit is taken off first, so any finite logits are safe. Vector loops over
/// the categories of a feature.
struct Categorical : IntegerLikelihood<Categorical> {
  static constexpr std::string_view kind = "Categorical";

  Index categories;

  explicit constexpr Categorical(Index categories_) : categories(categories_) {}

  /// `ConfigError` unless there are between 2 and 65,536 categories.
  void validate() const {
    if (categories < 2 || categories > 65536)
      fail<ConfigError>("Categorical: expected between 2 and 65536 categories, got {}", categories);
  }

  Index levels() const { return categories; }
  Index parameters_per_feature() const { return categories; }
  static constexpr Index group(Index) { return 1; }

  template <Scalar S>
  S log_probability_of(Index x, Strided<const S> logits, S w, Strided<S> d) const {
    const S* const l = logits.first;
    const S highest = *std::max_element(l, l + categories);
    const auto mass = [highest](S v) { return kernels::exp_nonpositive(v - highest); };
    const double total = kernels::sum_of_map<S>(categories, mass, l);
    if (d.first) {
      const auto subtract = [highest, scale = w / static_cast<S>(total)](S sum, S v) {
        return sum - scale * kernels::exp_nonpositive(v - highest);
      };
      kernels::map(d.first, categories, subtract, d.first, l);
      d[x] += w;
    }
    return static_cast<S>(static_cast<double>(l[x] - highest) - std::log(total));
  }
  template <Scalar S>
  void masses_of(Strided<const S> logits, std::span<double> out) const {
    const S* const l = logits.first;
    const S highest = *std::max_element(l, l + categories);
    for (Index k = 0; k < categories; ++k)
      out[static_cast<std::size_t>(k)] = static_cast<double>(kernels::exp_nonpositive(l[k] - highest));
  }
  /// The mean category number.
  template <Scalar S>
  S mean_of(Strided<const S> logits) const {
    const S* const l = logits.first;
    const S highest = *std::max_element(l, l + categories);
    double total = 0, sum = 0;
    for (Index k = 0; k < categories; ++k) {
      const auto mass = static_cast<double>(kernels::exp_nonpositive(l[k] - highest));
      total += mass;
      sum += static_cast<double>(k) * mass;
    }
    return static_cast<S>(sum / total);
  }
  template <Scalar S>
  Index sample_of(Strided<const S> logits, double u, double) const {
    return draw_level(categories, u, [&](Index k) { return static_cast<double>(logits[k]); });
  }
};

}  // namespace eigenerate
