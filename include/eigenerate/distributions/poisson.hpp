#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/distributions/detail/gamma_functions.hpp"
#include "eigenerate/distributions/elementwise_likelihood.hpp"

namespace eigenerate {

/// Independent counts 0, 1, 2, … from the logarithms of their rates: `log p(x) = x l − eˡ − log x!`.
///
/// **Shapes** x: features × n, counts; parameters (log-rates): features × m, n and m multiples of each other.
/// **Backward** `∂ log p / ∂l = x − eˡ`.
/// **Cost** a log-gamma function for each feature and value, none for the gradient; a sample walks some √rate
/// counts away from the most probable one.
/// **Errors** `ConfigError` for values that are not integers >= 0.
/// **Numerics** nats, the constant log x! included. Not clamped: log-rates above 88 overflow in float. Counts
/// are drawn with rates up to 2²⁴, beyond which float has no odd integers.
struct Poisson : ElementwiseLikelihood<Poisson> {
  static constexpr std::string_view kind = "Poisson";

  /// The values that have a probability.
  constexpr ValueRange support() const { return {0, ValueRange::everything().high, true}; }
  /// What a decoder must be able to put out for data in `data`: log-rates are any numbers.
  constexpr ValueRange parameter_range(const ValueRange&) const { return ValueRange::everything(); }

  template <Scalar S>
  S log_probability_of(S x, S log_rate) const {
    const double of_choice = static_cast<double>(x) * static_cast<double>(log_rate) -
                             detail::log_gamma(static_cast<double>(x) + 1);
    return static_cast<S>(of_choice - static_cast<double>(kernels::exp(log_rate)));
  }
  template <Scalar S>
  S derivative_of(S x, S log_rate) const {
    return x - kernels::exp(log_rate);
  }
  template <Scalar S>
  kernels::ValueAndTerm<S> derivative_and_log_probability_of(S x, S log_rate) const {
    return {derivative_of(x, log_rate), log_probability_of(x, log_rate)};
  }
  /// The rate.
  template <Scalar S>
  S mean_of(S log_rate) const {
    return kernels::exp(log_rate);
  }
  /// Takes off the probabilities of the counts, the most probable one first and then by turns those above and
  /// below it, until the share of the uniform number is used up.
  template <Scalar S>
  S sample_of(S uniform, S log_rate) const {
    const double rate = std::min(std::exp(static_cast<double>(log_rate)), 0x1p24);
    if (!is_finite(rate)) return log_rate;
    const double mode = std::floor(rate);
    const double of_mode = std::exp(mode * std::log(rate) - rate - detail::log_gamma(mode + 1));
    double rest = static_cast<double>(uniform) - of_mode, above = of_mode, below = of_mode;
    double high = mode, low = mode;
    while (rest >= 0) {
      above *= rate / ++high;
      if ((rest -= above) < 0) return static_cast<S>(high);
      if (low > 0) {
        below *= low-- / rate;
        if ((rest -= below) < 0) return static_cast<S>(low);
      } else if (above < 1e-18) {
        return static_cast<S>(high);  // rounding left some of it
      }
      if (above + below < 1e-18) return static_cast<S>(mode);
    }
    return static_cast<S>(mode);
  }
};

}  // namespace eigenerate
