#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::detail {

/// Elements of one chunk: about 15 µs of exponentials on one core, against about 1 µs to hand a chunk over.
inline constexpr Index chunk_elements = 8192;
/// Bounds the partial sums that a loop keeps on the stack.
inline constexpr Index max_chunks = 64;

/// Calls `f(chunk, first, last)` for consecutive ranges of [0, items) on all threads and returns how many
/// there were; the ranges depend on the two sizes alone.
template <class F>
Index for_each_chunk(Index items, Index elements_per_item, F&& f) {
  if (items < 1) return 0;
  const Index chunks =
      std::clamp<Index>(items * elements_per_item / chunk_elements, 1, std::min(items, max_chunks));
  parallel_for(chunks, [&](Index chunk) { f(chunk, items * chunk / chunks, items * (chunk + 1) / chunks); });
  return chunks;
}

/// Calls `f(item)` for every item of [0, items) on all threads.
template <class F>
void for_each_item(Index items, Index elements_per_item, F&& f) {
  for_each_chunk(items, elements_per_item, [&](Index, Index first, Index last) {
    for (Index item = first; item < last; ++item) f(item);
  });
}

/// The sum of `f(item)` over [0, items), on all threads, the same bits for any number of them.
template <class F>
double sum_over_items(Index items, Index elements_per_item, F&& f) {
  std::array<double, static_cast<std::size_t>(max_chunks)> partial{};
  const Index chunks = for_each_chunk(items, elements_per_item, [&](Index chunk, Index first, Index last) {
    double sum = 0;
    for (Index item = first; item < last; ++item) sum += f(item);
    partial[static_cast<std::size_t>(chunk)] = sum;
  });
  double sum = 0;
  for (Index chunk = 0; chunk < chunks; ++chunk) sum += partial[static_cast<std::size_t>(chunk)];
  return sum;
}

/// Writable and read-only arrays over somebody else's numbers.
template <Scalar S>
using ArrayView = Eigen::Map<Eigen::Array<S, Eigen::Dynamic, 1>>;
template <Scalar S>
using ConstArrayView = Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>>;

/// Σ f(in[i]…) for i in [0, n); `f` as `kernels::map` wants it.
///
/// **Numerics** 64 terms at a time are added in S by vector lanes, at most 64 / 4 of them in a row, and the
/// rest in double: the error is below 16 · 2⁻²⁴ · Σ|term| in float, whatever n.
template <Scalar S, class F, class... In>
double sum_of_map(Index n, const F& f, const In*... in) {
  constexpr Index piece = 256, block = 64;
  alignas(64) std::array<S, static_cast<std::size_t>(piece)> terms;
  double sum = 0;
  for (Index first = 0; first < n; first += piece) {
    const Index size = std::min(piece, n - first);
    kernels::map(terms.data(), size, f, (in + first)...);
    for (Index i = 0; i < size; i += block)
      sum += static_cast<double>(ConstArrayView<S>(terms.data() + i, std::min(block, size - i)).sum());
  }
  return sum;
}

}  // namespace eigenerate::detail
