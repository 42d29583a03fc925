#pragma once

#include <array>
#include <concepts>
#include <cstdint>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// What a stream of random numbers is for; each purpose has its own stream of the same seed.
enum class Purpose : std::uint32_t {
  initialization = 1,
  shuffling,
  split,
  latent,
  reparameterization,
  dropout,
  binarization,
  penalty,
  sampling,
  evaluation,
  toy_data,
  recovery,
  user = 100,
};

namespace detail {
/// Philox's multipliers of words 0 and 2, and what the two words of its key grow by each round.
inline constexpr std::array<std::uint32_t, 2> philox_multipliers{0xD2511F53u, 0xCD9E8D57u};
inline constexpr std::array<std::uint32_t, 2> philox_key_steps{0x9E3779B9u, 0xBB67AE85u};
}  // namespace detail

/// Philox4x32-10: four independent 32-bit words from a 128-bit counter and a 64-bit key.
///
/// **Source** Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; the tests hold the known
/// answers of the authors' Random123 distribution.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{detail::philox_multipliers[0]} * counter[0];
    const std::uint64_t p1 = std::uint64_t{detail::philox_multipliers[1]} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += detail::philox_key_steps[0];
    key[1] += detail::philox_key_steps[1];
  }
  return counter;
}

/// A counter-based stream of random numbers: a value, not a state.
///
/// Element `i` of a fill depends only on (seed, purpose, step, lane, i), never on what was drawn before or on
/// which thread draws it. Two fills from equal streams are equal; whoever needs fresh numbers derives a
/// stream with another step (`at`) or lane (`lane`).
struct RandomStream {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::user;
  std::uint32_t step = 0;
  std::uint32_t lane_index = 0;

  /// The same stream at another training step.
  constexpr RandomStream at(std::uint64_t new_step) const {
    return {seed, purpose, static_cast<std::uint32_t>(new_step), lane_index};
  }
  /// An independent stream of the same step, one for each consumer: a network of a model, a layer of a
  /// network. Lanes nest two deep (24 bits of the counter), with fewer than 4096 lanes on each level.
  constexpr RandomStream lane(std::uint64_t inner) const {
    return {seed, purpose, step, (lane_index << 12 | static_cast<std::uint32_t>(inner & 0xFFF)) & 0xFFFFFF};
  }
  /// The same seed, step and lane for another purpose.
  constexpr RandomStream with(Purpose other) const { return {seed, other, step, lane_index}; }

  /// Purpose and lane: the last word of the counter.
  constexpr std::uint32_t tag() const { return static_cast<std::uint32_t>(purpose) << 24 | lane_index; }

  /// Block `block` of the stream: four 32-bit words.
  std::array<std::uint32_t, 4> words(std::uint64_t block) const {
    return philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), step, tag()},
                  {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  }
};

/// A 32-bit word as a number in (0, 1): the middle of its cell, so that neither end is ever returned.
template <Scalar S>
S to_unit_interval(std::uint32_t word) {
  if constexpr (std::same_as<S, float>)
    return (static_cast<float>(word >> 9) + 0.5f) * 0x1p-23f;
  else
    return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

/// A uniform integer in [0, bound), bound <= 2^32, from draw `index` of the stream; the bias is below 2^-32.
inline std::uint64_t uniform_below(std::uint64_t bound, const RandomStream& stream, std::uint64_t index) {
  const auto w = stream.words(index);
  return (w[1] * bound + ((w[0] * bound) >> 32)) >> 32;
}

}  // namespace eigenerate
