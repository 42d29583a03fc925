#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/shuffle.hpp"

namespace eigenerate::data {

/// Targets and sources that have nothing to do with each other, as the dataset that a model learns an
/// unpaired translation from: each target has a source at random. All samples of the larger set occur once,
/// those of the smaller one as often as there is room, by turns.
///
/// **Errors** those of `Dataset::with_conditions`.
Dataset unpaired(const Dataset& targets, const Dataset& sources, std::uint64_t seed = 0);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE Dataset unpaired(const Dataset& targets, const Dataset& sources, std::uint64_t seed) {
  const Index n = std::max(targets.size(), sources.size());
  // One permutation of the set after another.
  const auto repeated = [&](const Dataset& set, std::uint64_t side) {
    std::vector<Index> order, turn(static_cast<std::size_t>(set.size()));
    for (std::uint64_t number = 0; static_cast<Index>(order.size()) < n; ++number) {
      random_permutation(turn, RandomStream{seed, Purpose::shuffling}.lane(2 * number + side));
      order.insert(order.end(), turn.begin(), turn.end());
    }
    order.resize(static_cast<std::size_t>(n));
    return set.subset(order);
  };
  return repeated(targets, 0).with_conditions(repeated(sources, 1));
}

#endif

}  // namespace eigenerate::data
