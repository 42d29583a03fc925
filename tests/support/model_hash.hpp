#pragma once
// One number for everything that a model learns with: equal numbers mean equal bits.

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "eigenerate/core/portable.hpp"
#include "eigenerate/optim/learner.hpp"

namespace support {

/// FNV-1a over the bits of parameters, buffers, moments, moving averages and step counters of all networks.
template <class M>
std::uint64_t model_hash(const M& model) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&hash](std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (word >> (8 * byte) & 0xFF)) * 0x100000001b3u;
  };
  for (auto* learner : model.learners()) {
    learner->for_each_arena([&](eigenerate::ArenaKind, std::string_view, auto& arena) {
      using S = std::remove_cvref_t<decltype(*arena.data())>;
      using Word = std::conditional_t<std::same_as<S, float>, std::uint32_t, std::uint64_t>;
      for (eigenerate::Index i = 0; i < arena.size(); ++i) add(eigenerate::bit_cast<Word>(arena.data()[i]));
    });
    add(learner->state.step);
  }
  return hash;
}

}  // namespace support
