#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Fills `order` with a uniformly random permutation of 0, 1, …, that depends on its size and the stream
/// alone.
///
/// **Source** Fisher and Yates as in Durstenfeld 1964, "Algorithm 235".
inline void random_permutation(std::span<Index> order, const RandomStream& stream) {
  std::iota(order.begin(), order.end(), Index{0});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(uniform_below(i, stream, i))]);
}

}  // namespace eigenerate
