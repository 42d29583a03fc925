#pragma once
// Random numbers, many at a time: 32 blocks of Philox in vector registers, and Box and Muller's method on
// them.
//
// Weights, data order and noise must not depend on the machine. So every operation here rounds in one way
// only: integers; single additions, products, divisions and square roots; and where a product is added to
// something always std::fma, which leaves the compiler nothing to fuse or not. No function of a mathematical
// library is called, unless the machine has no instruction for std::fma: there it is slow, and has the same
// bits.

#include <cstdint>
#include <type_traits>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// Fills `out[0..n)` with uniform numbers in (0, 1).
///
/// Element i depends only on the stream and on i, and has the same bits on every machine.
template <Scalar S>
void fill_uniform(S* out, Index n, const RandomStream& stream) noexcept;

/// Fills `out[0..n)` with zeros where a random word is below `dropped_below`, that is with this probability
/// in units of 2⁻³², and with `kept` elsewhere.
///
/// The words and so the places of the zeros are the same in float and double.
template <Scalar S>
void fill_mask(S* out, Index n, std::uint32_t dropped_below, std::type_identity_t<S> kept,
               const RandomStream& stream) noexcept;

/// Fills `out[0..n)` with standard normal numbers.
///
/// Element i depends only on the stream and on i, and has the same bits on every machine.
///
/// **Numerics** within 2 eps(S) · radius of the exact Box-Muller number of the same words, where radius is
/// √(−2 log u).
/// **Source** Box and Muller 1958, both branches used.
template <Scalar S>
void fill_normal(S* out, Index n, const RandomStream& stream) noexcept;

}  // namespace eigenerate::kernels

namespace eigenerate {
using kernels::fill_normal;
using kernels::fill_uniform;
}  // namespace eigenerate

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>
#include <cmath>
#include <numbers>

#include "eigenerate/core/portable.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/math.hpp"
#include "eigenerate/kernels/square_roots.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

namespace detail {

/// Philox blocks that are computed together; each gives four numbers. Their 64 radii fill one block of roots.
inline constexpr Index random_blocks = root_block / 2;
inline constexpr Index random_batch = 4 * random_blocks;

/// Words that stand where `philox` has them: word[j][i] is word j of block first + i.
struct PhiloxWords {
  std::uint32_t word[4][random_blocks];

  EIGENERATE_LOOP PhiloxWords(const RandomStream& stream, std::uint64_t first) noexcept {
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < random_blocks; ++i) {
      const std::uint64_t block = first + static_cast<std::uint64_t>(i);
      word[0][i] = static_cast<std::uint32_t>(block);
      word[1][i] = static_cast<std::uint32_t>(block >> 32);
      word[2][i] = eigenerate::detail::low_half(stream.step());
      word[3][i] = eigenerate::detail::high_half(stream.step());
    }
    auto [key0, key1] = stream.key();
    for (int round = 0; round < 10; ++round) {
      EIGENERATE_VECTORIZE
      for (Index i = 0; i < random_blocks; ++i) {
        const std::uint64_t p0 = std::uint64_t{eigenerate::detail::philox_multipliers[0]} * word[0][i];
        const std::uint64_t p1 = std::uint64_t{eigenerate::detail::philox_multipliers[1]} * word[2][i];
        word[0][i] = static_cast<std::uint32_t>(p1 >> 32) ^ word[1][i] ^ key0;
        word[2][i] = static_cast<std::uint32_t>(p0 >> 32) ^ word[3][i] ^ key1;
        word[1][i] = static_cast<std::uint32_t>(p1);
        word[3][i] = static_cast<std::uint32_t>(p0);
      }
      key0 += eigenerate::detail::philox_key_steps[0];
      key1 += eigenerate::detail::philox_key_steps[1];
    }
  }
};

/// (0, 1) as `to_unit_interval` makes it. Signed conversions, because vector registers have no others.
EIGENERATE_LOOP void unit_interval(float& u, std::uint32_t word) noexcept {
  u = (static_cast<float>(static_cast<std::int32_t>(word >> 9)) + 0.5f) * 0x1p-23f;
}
EIGENERATE_LOOP void unit_interval(double& u, std::uint32_t word) noexcept {
  u = (static_cast<double>(static_cast<std::int32_t>(word ^ 0x80000000u)) + (0x1p31 + 0.5)) * 0x1p-32;
}

/// An angle 2π·u, u as above, as a number of quarter turns and a rest between −π/4 and π/4.
EIGENERATE_LOOP std::uint32_t quarter_turns(float& rest, std::uint32_t word) noexcept {
  const std::uint32_t u = word >> 9, turns = (u + (1u << 20)) >> 21;
  const auto cells = static_cast<float>(static_cast<std::int32_t>(u - (turns << 21)));
  rest = (cells + 0.5f) * (2 * std::numbers::pi_v<float> * 0x1p-23f);
  return turns;
}
EIGENERATE_LOOP std::uint32_t quarter_turns(double& rest, std::uint32_t word) noexcept {
  const std::uint32_t turns = ((word >> 29) + 1) >> 1;
  const auto cells = static_cast<double>(static_cast<std::int32_t>(word - (turns << 30)));
  rest = (cells + 0.5) * (2 * std::numbers::pi * 0x1p-32);
  return turns;
}

/// Taylor's series of `Series::coefficient(k)·z^k`, for k from `k` to `last`.
template <class Series, int last, int k = 0, class S>
EIGENERATE_LOOP S series(S z) noexcept {
  constexpr S c = static_cast<S>(Series::coefficient(k));
  if constexpr (k == last)
    return c;
  else
    return std::fma(z, series<Series, last, k + 1>(z), c);
}

/// 2·artanh(s) = s·(2 + 2/3 s² + 2/5 s⁴ + …).
struct ArtanhSeries {
  static constexpr double coefficient(int k) { return 2.0 / (2 * k + 1); }
};
/// sin(a) = a + a³·(−1/3! + a²/5! − …).
struct SineSeries {
  static constexpr double coefficient(int k) {
    return k == 0 ? -1.0 / 6 : -coefficient(k - 1) / ((2 * k + 2) * (2 * k + 3));
  }
};
/// cos(a) = 1 + a²·(−1/2! + a²/4! − …).
struct CosineSeries {
  static constexpr double coefficient(int k) {
    return k == 0 ? -0.5 : -coefficient(k - 1) / ((2 * k + 1) * (2 * k + 2));
  }
};

/// Where the series end: what is left out is below 2^-29 in float and 2^-56 in double, relatively, for
/// |s| <= (√2 − 1) / (√2 + 1) and |a| <= π/4.
template <class S>
inline constexpr int artanh_terms = std::is_same_v<S, float> ? 4 : 9;
template <class S>
inline constexpr int sine_terms = std::is_same_v<S, float> ? 3 : 7;
template <class S>
inline constexpr int cosine_terms = std::is_same_v<S, float> ? 4 : 8;

/// u = m·2^n with m in [√½, √2), for u in (0, 1): n, and m in place of u.
EIGENERATE_LOOP float split_logarithm_of_unit(float& u) noexcept {
  const auto [m, n] = split_logarithm(u);
  u = m;
  return static_cast<float>(n);
}
EIGENERATE_LOOP double split_logarithm_of_unit(double& u) noexcept {
  constexpr std::uint64_t one = 0x3FF0000000000000, root_half = 0x3FE6A09E667F3BCD;
  const std::uint64_t bits = bit_cast<std::uint64_t>(u) + (one - root_half);
  u = bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) + root_half);
  // The exponent as a double without a conversion from 64 bits: put behind 2^52, which is taken off again.
  return bit_cast<double>((bits >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
}

/// −2·log(u).
template <class S>
EIGENERATE_LOOP S squared_radius(std::uint32_t word) noexcept {
  S m;
  unit_interval(m, word);
  const S n = split_logarithm_of_unit(m), s = (m - S(1)) / (m + S(1));
  return S(-2) * std::fma(n, std::numbers::ln2_v<S>, s * series<ArtanhSeries, artanh_terms<S>>(s * s));
}

/// radius · (cos, sin) of the word's angle.
template <class S>
struct PointOnCircle {
  S x, y;

  EIGENERATE_LOOP PointOnCircle(S radius, std::uint32_t word) noexcept {
    using Bits = std::conditional_t<std::is_same_v<S, float>, std::uint32_t, std::uint64_t>;
    constexpr int to_sign = 8 * sizeof(S) - 2;  // from bit 1
    S a;
    const std::uint32_t turns = quarter_turns(a, word);
    const S z = a * a, sine = std::fma(a * z, series<SineSeries, sine_terms<S>>(z), a),
            cosine = std::fma(z, series<CosineSeries, cosine_terms<S>>(z), S(1));
    const bool swapped = (turns & 1) != 0;
    const Bits x_sign = static_cast<Bits>((turns + 1) & 2) << to_sign, y_sign = static_cast<Bits>(turns & 2)
                                                                                << to_sign;
    x = radius * bit_cast<S>(bit_cast<Bits>(select(swapped, sine, cosine)) ^ x_sign);
    y = radius * bit_cast<S>(bit_cast<Bits>(select(swapped, cosine, sine)) ^ y_sign);
  }
};

/// Fills `batches` batches of uniform numbers.
template <class S>
EIGENERATE_LOOP void uniform_batches(S* out, const RandomStream& stream, std::uint64_t first_block,
                                     Index batches) noexcept {
  for (Index batch = 0; batch < batches; ++batch) {
    const PhiloxWords words(stream, first_block + static_cast<std::uint64_t>(batch * random_blocks));
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < random_blocks; ++i) {
      S u0, u1, u2, u3;
      unit_interval(u0, words.word[0][i]);
      unit_interval(u1, words.word[1][i]);
      unit_interval(u2, words.word[2][i]);
      unit_interval(u3, words.word[3][i]);
      out[4 * i] = u0;
      out[4 * i + 1] = u1;
      out[4 * i + 2] = u2;
      out[4 * i + 3] = u3;
    }
    out += random_batch;
  }
}

/// Fills batches of masks.
template <class S>
EIGENERATE_LOOP void mask_batches(S* out, const RandomStream& stream, std::uint64_t first_block,
                                  Index batches, std::uint32_t dropped_below, S kept) noexcept {
  for (Index batch = 0; batch < batches; ++batch) {
    const PhiloxWords words(stream, first_block + static_cast<std::uint64_t>(batch * random_blocks));
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < random_blocks; ++i) {
      out[4 * i] = select(words.word[0][i] < dropped_below, S(0), kept);
      out[4 * i + 1] = select(words.word[1][i] < dropped_below, S(0), kept);
      out[4 * i + 2] = select(words.word[2][i] < dropped_below, S(0), kept);
      out[4 * i + 3] = select(words.word[3][i] < dropped_below, S(0), kept);
    }
    out += random_batch;
  }
}

/// Fills batches of normal numbers: from each pair of words a point's distance from the origin and its angle.
template <class S>
struct NormalBatches {
  template <class Roots>
  EIGENERATE_LOOP static void loop(S* out, const RandomStream& stream, std::uint64_t first_block,
                                   Index batches) noexcept {
    for (Index batch = 0; batch < batches; ++batch) {
      const PhiloxWords words(stream, first_block + static_cast<std::uint64_t>(batch * random_blocks));
      S radius[root_block];
      EIGENERATE_VECTORIZE
      for (Index i = 0; i < random_blocks; ++i) radius[i] = squared_radius<S>(words.word[0][i]);
      EIGENERATE_VECTORIZE
      for (Index i = 0; i < random_blocks; ++i)
        radius[random_blocks + i] = squared_radius<S>(words.word[2][i]);
      Roots::run(radius, radius);
      EIGENERATE_VECTORIZE
      for (Index i = 0; i < random_blocks; ++i) {
        const PointOnCircle<S> first(radius[i], words.word[1][i]),
            second(radius[random_blocks + i], words.word[3][i]);
        out[4 * i] = first.x;
        out[4 * i + 1] = first.y;
        out[4 * i + 2] = second.x;
        out[4 * i + 3] = second.y;
      }
      out += random_batch;
    }
  }
};

/// Fills [0, n) in batches on all threads; the last one by way of a complete copy.
template <class S, class Run>
void fill_in_batches(S* out, Index n, const RandomStream& stream, Run run) noexcept {
  constexpr Index work = 4;  // a random number costs some four numbers of a plain pass
  const Index batches = n / random_batch, rest = n % random_batch;
  for_ranges(batches, work * random_batch, [&](Index first, Index last) {
    run(out + first * random_batch, stream, static_cast<std::uint64_t>(first * random_blocks), last - first);
  });
  if (rest == 0) return;
  S batch[random_batch];
  run(batch, stream, static_cast<std::uint64_t>(batches * random_blocks), 1);
  std::copy_n(batch, rest, out + batches * random_batch);
}

}  // namespace detail

template <Scalar S>
void fill_uniform(S* out, Index n, const RandomStream& stream) noexcept {
  detail::fill_in_batches(out, n, stream, detail::compiled_wide<detail::uniform_batches<S>>());
}

template <Scalar S>
void fill_mask(S* out, Index n, std::uint32_t dropped_below, std::type_identity_t<S> kept,
               const RandomStream& stream) noexcept {
  auto* const run = detail::compiled_wide<detail::mask_batches<S>>();
  detail::fill_in_batches(out, n, stream,
                          [=](S* to, const RandomStream& from, std::uint64_t first_block, Index batches) {
                            run(to, from, first_block, batches, dropped_below, kept);
                          });
}

template <Scalar S>
void fill_normal(S* out, Index n, const RandomStream& stream) noexcept {
  detail::fill_in_batches(out, n, stream, detail::compiled_with_roots<detail::NormalBatches<S>>());
}

EIGENERATE_INSTANTIATE(fill_uniform)
EIGENERATE_INSTANTIATE(fill_mask)
EIGENERATE_INSTANTIATE(fill_normal)

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END

#endif
