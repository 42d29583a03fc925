#pragma once
// The transcendental functions behind activations and likelihoods, one number at a time.
//
// The float versions have no branch, table or call, so that a loop over them becomes vector code on whatever
// instruction set the loop is compiled for; the double versions are the standard library's. A NaN gives a
// NaN. The stated errors of the float versions are bounds on what a scan of every seventh finite float found
// against double, on AVX2 and without it.

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace eigenerate::kernels {

/// `a` where the condition holds, else `b`, without a branch: compilers turn `?:` over computed values into
/// branches, which keeps loops from vectorising.
inline float select(bool condition, float a, float b) noexcept {
  const std::uint32_t mask = -static_cast<std::uint32_t>(condition);
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(a) & mask) |
                              (std::bit_cast<std::uint32_t>(b) & ~mask));
}
inline double select(bool condition, double a, double b) noexcept {
  const std::uint64_t mask = -static_cast<std::uint64_t>(condition);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask));
}

namespace detail {

/// e^x for x <= 0 as scale · (1 + fraction), where scale is a power of two.
struct SplitExponential {
  float scale;
  float fraction;
};

/// Cody and Waite's reduction x = n·ln 2 + r with |r| <= ln 2 / 2, and a minimax polynomial for e^r − 1
/// (relative error 1.4e-8). Below −87 the scale stays at 2^-126, the smallest normal number.
inline SplitExponential split_exponential(float x) noexcept {
  const float held = select(x < -87.0f, -87.0f, x);
  const float number = select(x > -87.0f, x, -87.0f);  // not a NaN: there is no integer for that
  // The biased exponent n + 127 is positive, so cutting off its fraction after adding 1/2 rounds to nearest.
  const auto exponent = static_cast<std::int32_t>(number * std::numbers::log2e_v<float> + 127.5f);
  const auto n = static_cast<float>(exponent - 127);
  const float r = (held - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, the first of 10 bits
  const float q = 0.5f + r * (0.16666538f + r * (0.041666266f + r * (0.0083672470f + r * 0.0013947599f)));
  return {std::bit_cast<float>(exponent << 23), r + r * r * q};
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
