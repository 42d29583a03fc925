#pragma once
// Loops over the items of a batch, such as its samples, cut into chunks that do not depend on the threads.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Elements of one chunk: about 5 µs of exponentials on one core, against about 1 µs to hand a chunk over.
inline constexpr Index chunk_elements = 8192;
/// Bounds the partial sums that a loop keeps on the stack.
inline constexpr Index max_chunks = 64;

/// Calls `f(chunk, first, last)` for consecutive ranges of [0, items) on all threads and returns how many
/// there were; the ranges depend on the two sizes alone.
template <class F>
Index for_each_chunk(Index items, Index elements_per_item, F&& f) noexcept {
  if (items < 1) return 0;
  const Index chunks = static_cast<Index>(std::clamp<std::int64_t>(
      std::int64_t{items} * elements_per_item / chunk_elements, 1, std::min(items, max_chunks)));
  const auto begin = [&](std::int64_t chunk) { return static_cast<Index>(items * chunk / chunks); };
  parallel_for(chunks, [&](Index chunk) { f(chunk, begin(chunk), begin(chunk + 1)); });
  return chunks;
}

}  // namespace detail

/// Calls `f(item)` for every item of [0, items) on all threads.
template <class F>
void for_each_item(Index items, Index elements_per_item, F&& f) noexcept {
  detail::for_each_chunk(items, elements_per_item, [&](Index, Index first, Index last) {
    for (Index item = first; item < last; ++item) f(item);
  });
}

/// The sum of `f(item)` over [0, items), in double, on all threads; the same bits for any number of them.
template <class F>
double sum_over_items(Index items, Index elements_per_item, F&& f) noexcept {
  std::array<double, static_cast<std::size_t>(detail::max_chunks)> partial{};
  const Index chunks =
      detail::for_each_chunk(items, elements_per_item, [&](Index chunk, Index first, Index last) {
        double sum = 0;
        for (Index item = first; item < last; ++item) sum += f(item);
        partial[static_cast<std::size_t>(chunk)] = sum;
      });
  double sum = 0;
  for (Index chunk = 0; chunk < chunks; ++chunk) sum += partial[static_cast<std::size_t>(chunk)];
  return sum;
}

}  // namespace eigenerate::kernels
