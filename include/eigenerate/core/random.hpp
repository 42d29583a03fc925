#pragma once

#include <array>
#include <concepts>
#include <cstdint>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// What a stream of random numbers is for; each purpose has its own stream of the same seed.
enum class Purpose : std::uint32_t {
  initialization = 1,
  shuffling = 2,
  split = 3,
  latent = 4,
  reparameterization = 5,
  dropout = 6,
  binarization = 7,
  penalty = 8,
  sampling = 9,
  evaluation = 10,
  toy_data = 11,
  recovery = 12,
  dequantization = 13,
  user = 100,
};

/// A seed, told apart from numbers of samples and from labels: `vae.sample(16, Seed{42})`.
struct Seed {
  std::uint64_t value = 0;
};

namespace detail {
/// Philox's multipliers of words 0 and 2, and what the two words of its key grow by each round.
inline constexpr std::array<std::uint32_t, 2> philox_multipliers{0xD2511F53u, 0xCD9E8D57u};
inline constexpr std::array<std::uint32_t, 2> philox_key_steps{0x9E3779B9u, 0xBB67AE85u};

/// The low and the high half of a word.
constexpr std::uint32_t low_half(std::uint64_t word) {
  return static_cast<std::uint32_t>(word);
}
constexpr std::uint32_t high_half(std::uint64_t word) {
  return static_cast<std::uint32_t>(word >> 32);
}
}  // namespace detail

/// Philox4x32-10: four independent 32-bit words from a 128-bit counter and a 64-bit key.
///
/// **Source** Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; the tests hold the known
/// answers of the authors' Random123 distribution.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{detail::philox_multipliers[0]} * counter[0];
    const std::uint64_t p1 = std::uint64_t{detail::philox_multipliers[1]} * counter[2];
    counter = {detail::high_half(p1) ^ counter[1] ^ key[0], detail::low_half(p1),
               detail::high_half(p0) ^ counter[3] ^ key[1], detail::low_half(p0)};
    key[0] += detail::philox_key_steps[0];
    key[1] += detail::philox_key_steps[1];
  }
  return counter;
}

/// A counter-based stream of random numbers: a value, not a state.
///
/// Element `i` of a fill depends only on (seed, purpose, lanes, step, i), never on what was drawn before or
/// on which thread draws it. Two fills from equal streams are equal; whoever needs fresh numbers derives a
/// stream with another step (`at`) or lane (`lane`).
///
/// Philox's counter holds block and step, 64 bits each, so that neither ever wraps around. Seed, purpose and
/// lanes are in its key: a purpose or a lane is a new key, two words of Philox under the old one, at a step
/// that no training reaches. So lanes have any number and nest to any depth, and two of 2^20 streams have
/// one key with a probability of 2^-25.
class RandomStream {
 public:
  constexpr RandomStream() : RandomStream(0) {}
  explicit constexpr RandomStream(std::uint64_t seed) : RandomStream(seed, Purpose::user) {}
  constexpr RandomStream(std::uint64_t seed, Purpose purpose)
      : key_(derive({detail::low_half(seed), detail::high_half(seed)}, Kind::purpose,
                    static_cast<std::uint64_t>(purpose))) {}

  /// The same stream at another training step, below 2^63.
  constexpr RandomStream at(std::uint64_t step) const {
    RandomStream stream = *this;
    stream.step_ = step;
    return stream;
  }
  /// An independent stream of the same step, one for each consumer: a network of a model, a layer of a
  /// network.
  constexpr RandomStream lane(std::uint64_t inner) const {
    RandomStream stream = *this;
    stream.key_ = derive(key_, Kind::lane, inner);
    return stream;
  }

  constexpr std::array<std::uint32_t, 2> key() const { return key_; }
  constexpr std::uint64_t step() const { return step_; }

  /// Block `block` of the stream: four 32-bit words.
  constexpr std::array<std::uint32_t, 4> words(std::uint64_t block) const {
    return philox({detail::low_half(block), detail::high_half(block), detail::low_half(step_),
                   detail::high_half(step_)},
                  key_);
  }

 private:
  enum class Kind : std::uint32_t { purpose, lane };

  static constexpr std::array<std::uint32_t, 2> derive(std::array<std::uint32_t, 2> key, Kind kind,
                                                       std::uint64_t number) {
    constexpr std::uint32_t no_step = 0x80000000u;
    const auto words = philox(
        {detail::low_half(number), detail::high_half(number), static_cast<std::uint32_t>(kind), no_step},
        key);
    return {words[0], words[1]};
  }

  std::array<std::uint32_t, 2> key_;
  std::uint64_t step_ = 0;
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
