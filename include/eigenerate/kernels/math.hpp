#pragma once
// The transcendental functions behind activations and likelihoods, one number at a time.
//
// The float versions have no branch, table or call, so that a loop over them becomes vector code on whatever
// instruction set the loop is compiled for. The double versions are the standard library's, and loops over
// them remain loops of calls: double is there for checking derivatives, where speed matters less than the
// last digit. A NaN gives a NaN; the ranges include ±0, ±infinity and subnormal numbers. The tests hold the
// float versions to these errors, against double and on every instruction set: on a sample of the floats, and
// on all of them in the slow tests.
//
// | float function    | error, ULP | range, and where the result is special                              |
// |-------------------|------------|---------------------------------------------------------------------|
// | exp               | 1.1        | subnormal below −87.336, 0 below −103.97; infinite above 88.7228    |
// | exp_nonpositive   | 1.1        | x <= 0; 0 below −87                                                 |
// | expm1             | 1.9        | infinite above 88.7228                                              |
// | expm1_nonpositive | 1.1        | x <= 0                                                              |
// | exp_minus_tangent | 8          | infinite above 88.7228                                              |
// | log               | 1          | −infinity at ±0, NaN below                                          |
// | log1p             | 1.5        | −infinity at −1, NaN below                                          |
// | log1p_unit        | 2          | x in [0, 1]                                                         |
// | tanh              | 2.5        |                                                                     |
// | sigmoid, softplus | 3          | 0 below −87                                                         |

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "eigenerate/core/portable.hpp"

namespace eigenerate::kernels {

/// `a` where the condition holds, else `b`, without a branch: compilers turn `?:` over computed values into
/// branches, which keeps loops from vectorising.
inline std::uint32_t select(bool condition, std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint32_t mask = -static_cast<std::uint32_t>(condition);
  return (a & mask) | (b & ~mask);
}
inline float select(bool condition, float a, float b) noexcept {
  return bit_cast<float>(select(condition, bit_cast<std::uint32_t>(a), bit_cast<std::uint32_t>(b)));
}
inline double select(bool condition, double a, double b) noexcept {
  const std::uint64_t mask = -static_cast<std::uint64_t>(condition);
  return bit_cast<double>((bit_cast<std::uint64_t>(a) & mask) | (bit_cast<std::uint64_t>(b) & ~mask));
}

namespace detail {

/// e^r − 1 = r + bend for the remainder r of a division by ln 2.
struct ReducedExponential {
  float r, bend;
};

/// Cody and Waite's reduction x = n·ln 2 + r with |r| <= ln 2 / 2, and a minimax polynomial for e^r − 1
/// (relative error 1.4e-8).
inline ReducedExponential reduced_exponential(float x, float n) noexcept {
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, the first of 10 bits
  const float q = 0.5f + r * (0.16666538f + r * (0.041666266f + r * (0.0083672470f + r * 0.0013947599f)));
  return {r, r * r * q};
}

/// e^x for x <= 0 as scale · (1 + fraction), where scale is a power of two.
struct SplitExponential {
  float scale;
  float fraction;
};

/// Below −87 the scale stays at 2^-126, the smallest normal number.
inline SplitExponential split_exponential(float x) noexcept {
  const float held = select(x < -87.0f, -87.0f, x);
  const float number = select(x > -87.0f, x, -87.0f);  // not a NaN: there is no integer for that
  // The biased exponent n + 127 is positive, so cutting off its fraction after adding 1/2 rounds to nearest.
  const auto exponent = static_cast<std::int32_t>(number * std::numbers::log2e_v<float> + 127.5f);
  const auto [r, bend] = reduced_exponential(held, static_cast<float>(exponent - 127));
  return {bit_cast<float>(exponent << 23), r + bend};
}

/// 2^n for n in [−126, 127].
inline float power_of_two(std::int32_t n) noexcept {
  return bit_cast<float>((n + 127) << 23);
}

/// e^x as (1 + r + bend) · 2^n for any x, which counts as the nearer end where it is outside [−104, 89].
struct WideExponential {
  float r, bend;
  std::int32_t n;
};

inline WideExponential wide_exponential(float x) noexcept {
  const float held = select(x < -104.0f, -104.0f, select(x > 89.0f, 89.0f, x));
  const float number = select(x > -104.0f, held, -104.0f);
  const auto n = static_cast<std::int32_t>(number * std::numbers::log2e_v<float> + 256.5f) - 256;
  const auto [r, bend] = reduced_exponential(held, static_cast<float>(n));
  return {r, bend, n};
}

/// e^x − 1 without a loss near zero. One half of it is scaled by 2^(n−1), because 2^128 is no number.
inline float expm1_of(const WideExponential& e) noexcept {
  const float half_scale = power_of_two(e.n - 1), fraction = e.r + e.bend;
  return select(e.n == 0, fraction, 2.0f * (half_scale * fraction + (half_scale - 0.5f)));
}

/// x = m·2^n with m in [√½, √2), for normal x > 0; some two numbers for other x.
struct SplitLogarithm {
  float m;
  std::int32_t n;
};

inline SplitLogarithm split_logarithm(float x) noexcept {
  constexpr std::uint32_t one = 0x3F800000, root_half = 0x3F3504F3;
  const std::uint32_t bits = bit_cast<std::uint32_t>(x) + (one - root_half);
  return {bit_cast<float>((bits & 0x007FFFFF) + root_half), static_cast<std::int32_t>(bits >> 23) - 127};
}

/// log(1 + f) + n·ln 2 for 1 + f in [√½, √2], as 2·artanh(s) with s = f / (2 + f): 2s and a polynomial for
/// the rest (relative error 2.6e-9), arranged so that f, which is exact, is what rounding acts on last.
inline float log_of_reduced(float f, float n) noexcept {
  const float s = f / (2.0f + f), z = s * s, half_square = 0.5f * f * f;
  const float rest = z * (0.66666687f + z * (0.39988780f + z * 0.29579949f));
  return n * 0.693359375f + (f - (half_square - (s * (half_square + rest) - n * 2.12194440e-4f)));
}

/// y, a logarithm of x, where x is a number above the pole; minus infinity at the pole, NaN below it, and x
/// where that is plus infinity or NaN. Chosen between words: under -ffast-math there is no infinity to
/// choose.
inline float select_logarithm(float x, float pole, float y) noexcept {
  constexpr std::uint32_t infinity = 0x7F800000, minus_infinity = 0xFF800000, nan = 0x7FC00000;
  const auto word = bit_cast<std::uint32_t>(x);
  const bool is_finite = (word & infinity) != infinity;
  const std::uint32_t beyond = select(word == infinity, infinity, nan);
  const std::uint32_t finite =
      select(x > pole, bit_cast<std::uint32_t>(y), select(x == pole, minus_infinity, nan));
  return bit_cast<float>(select(is_finite, finite, beyond));
}

}  // namespace detail

/// e^x for x <= 0; in float zero below e^-87 = 1.6e-38.
/// **Numerics** float: 1.1 ULP.
inline float exp_nonpositive(float x) noexcept {
  const auto [scale, fraction] = detail::split_exponential(x);
  return select(x < -87.0f, 0.0f, scale + scale * fraction);
}
inline double exp_nonpositive(double x) noexcept {
  return std::exp(x);
}

/// e^x − 1 for x <= 0, to full relative precision near zero.
/// **Numerics** float: 1.1 ULP.
inline float expm1_nonpositive(float x) noexcept {
  const auto [scale, fraction] = detail::split_exponential(x);
  return scale * fraction + (scale - 1.0f);
}
inline double expm1_nonpositive(double x) noexcept {
  return std::expm1(x);
}

/// e^x.
inline float exp(float x) noexcept {
  const auto [r, bend, n] = detail::wide_exponential(x);
  // In two steps, because neither 2^128 nor 2^-150 is a number; where e^x underflows the second one rounds.
  const std::int32_t half = n >> 1;
  const float scale = detail::power_of_two(half);
  return (scale + scale * (r + bend)) * detail::power_of_two(n - half);
}
inline double exp(double x) noexcept {
  return std::exp(x);
}

/// e^x − 1, to full relative precision near zero.
inline float expm1(float x) noexcept {
  const float tail_cut = select(x < -30.0f, -30.0f, x);  // where the result is −1 already
  return std::copysign(detail::expm1_of(detail::wide_exponential(tail_cut)), x);
}
inline double expm1(double x) noexcept {
  return std::expm1(x);
}

/// e^x − 1 − x, how far the exponential is above its tangent at zero; to full relative precision near zero.
/// It is what a log-variance adds to twice the divergence of a normal distribution from the standard one.
inline float exp_minus_tangent(float x) noexcept {
  const auto e = detail::wide_exponential(select(x < -30.0f, -30.0f, x));
  return select(e.n == 0, e.bend, detail::expm1_of(e) - select(x > 89.0f, 89.0f, x));  // not ∞ − ∞
}
inline double exp_minus_tangent(double x) noexcept {
  return std::expm1(x) - x;
}

/// The natural logarithm.
inline float log(float x) noexcept {
  const bool subnormal = x < std::numeric_limits<float>::min();
  const auto [m, n] = detail::split_logarithm(x * select(subnormal, 0x1p23f, 1.0f));
  const float y = detail::log_of_reduced(m - 1.0f, static_cast<float>(n) - select(subnormal, 23.0f, 0.0f));
  return detail::select_logarithm(x, 0.0f, y);
}
inline double log(double x) noexcept {
  return std::log(x);
}

/// log(1 + x), to full relative precision near zero.
inline float log1p(float x) noexcept {
  const float sum = 1.0f + x;
  const float lost = select(x > 1.0f, 1.0f - (sum - x), x - (sum - 1.0f));  // what rounding the sum cost
  const auto [m, n] = detail::split_logarithm(sum);
  // x itself, where n is zero; nothing to add, where n is large.
  const float f = (m - 1.0f) + lost * detail::power_of_two(-std::min(n, 126));
  const float y = std::copysign(detail::log_of_reduced(f, static_cast<float>(n)), x);
  return detail::select_logarithm(x, -1.0f, y);
}
inline double log1p(double x) noexcept {
  return std::log1p(x);
}

/// log(1 + x) for x in [0, 1].
/// **Numerics** float: 2 ULP, by 2·artanh(x / (2 + x)).
inline float log1p_unit(float x) noexcept {
  const float s = x / (2.0f + x), z = s * s;
  const float p = 0.33333207f + z * (0.20010850f + z * (0.13999571f + z * 0.14012230f));
  return 2.0f * (s + s * z * p);
}
inline double log1p_unit(double x) noexcept {
  return std::log1p(x);
}

/// The hyperbolic tangent.
/// **Numerics** float: 2.5 ULP.
inline float tanh(float x) noexcept {
  const float e = expm1_nonpositive(-2.0f * std::abs(x));
  return std::copysign(e / (2.0f + e), x);
}
inline double tanh(double x) noexcept {
  return std::tanh(x);
}

/// The logistic function 1 / (1 + e^-x).
/// **Numerics** float: 3 ULP, in the negative tail too.
template <class S>
S sigmoid(S x) noexcept {
  const S e = exp_nonpositive(-std::abs(x)), of_magnitude = S(1) / (S(1) + e);
  return select(x < S(0), e * of_magnitude, of_magnitude);
}

/// log(1 + e^x).
/// **Numerics** float: 3 ULP.
template <class S>
S softplus(S x) noexcept {
  return select(x > S(0), x, S(0)) + log1p_unit(exp_nonpositive(-std::abs(x)));
}

/// `sigmoid` and `softplus` of one number, for the price of one exponential.
template <class S>
struct SigmoidSoftplus {
  S sigmoid, softplus;
};
template <class S>
SigmoidSoftplus<S> sigmoid_and_softplus(S x) noexcept {
  const S e = exp_nonpositive(-std::abs(x)), of_magnitude = S(1) / (S(1) + e);
  return {select(x < S(0), e * of_magnitude, of_magnitude), select(x > S(0), x, S(0)) + log1p_unit(e)};
}

/// The density of the standard normal distribution.
/// **Numerics** float: relative error 2e-7 + 3e-8·x², the second part from rounding x².
template <class S>
S normal_density(S x) noexcept {
  constexpr S at_zero = std::numbers::inv_sqrtpi_v<S> / std::numbers::sqrt2_v<S>;
  return at_zero * exp_nonpositive(S(-0.5) * x * x);
}

/// The probability that a standard normal number is below x.
/// **Numerics** float: relative error 4e-7 + 3e-8·x² in the negative tail, absolute error 2.5e-7 elsewhere.
/// The tail is e^(−x²/2) times a minimax polynomial in 1 / (1 + 0.35·|x|), whose relative error is 3.2e-8 up
/// to |x| = 13.5, where the tail ends.
inline float normal_cdf(float x) noexcept {
  const float t = 1.0f / (1.0f + 0.35f * std::abs(x));
  const float upper =
      0.10543297f +
      t * (-0.022937219f + t * (0.15892941f + t * (-0.25550467f + t * (0.14387229f + t * -0.029125877f))));
  const float ratio = t * (0.13962157f + t * (0.13985908f + t * (0.11985243f + t * upper)));
  const float tail = ratio * exp_nonpositive(-0.5f * x * x);
  return select(x < 0.0f, tail, 1.0f - tail);
}
inline double normal_cdf(double x) noexcept {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

}  // namespace eigenerate::kernels
