#pragma once
// Arenas without a network.

#include <initializer_list>
#include <memory>
#include <string>

#include "eigenerate/core/memory.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate::testing {

/// A table of vectors of those sizes, named "0", "1", …, with the alignment padding that a network's table
/// has.
inline std::shared_ptr<const Table> make_table(std::initializer_list<Index> sizes) {
  auto table = std::make_shared<Table>();
  for (const Index size : sizes) {
    Segment s;
    s.name = std::to_string(table->segments.size());
    s.shape = {size};
    s.memory_order = {0};
    s.offset = table->size;
    s.size = size;
    table->size += aligned(size);
    table->segments.push_back(std::move(s));
  }
  return table;
}

/// The whole memory of an arena.
template <Scalar S>
Eigen::Map<const Vector<S>> memory_of(const Arena<S>& arena) {
  return {arena.data(), arena.size()};
}

/// Whether everything outside the segments is zero.
template <Scalar S>
bool padding_is_zero(const Arena<S>& arena) {
  Index at = 0;
  for (const Segment& s : arena.segments()) {
    for (; at < s.offset; ++at)
      if (arena.data()[at] != 0) return false;
    at = s.offset + s.size;
  }
  for (; at < arena.size(); ++at)
    if (arena.data()[at] != 0) return false;
  return true;
}

}  // namespace eigenerate::testing
