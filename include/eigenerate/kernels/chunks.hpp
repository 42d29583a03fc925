#pragma once
// How loops are cut into chunks for the pool: by their extents alone, never by the number of threads.

#include <algorithm>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

constexpr Index divide_up(Index n, Index d) noexcept {
  return (n + d - 1) / d;
}

/// [0, extent) cut into at least one chunk; the first ones may be longer by one.
struct EvenSplit {
  Index extent, chunks;

  constexpr EvenSplit(Index extent_, Index chunks_) noexcept
      : extent(extent_),
        chunks(std::max<Index>(1, chunks_)),
        shortest_(extent / chunks),
        longer_(extent - shortest_ * chunks) {}
  // Without a division: products ask for every panel.
  [[nodiscard]] constexpr Index begin(Index chunk) const noexcept {
    return chunk * shortest_ + std::min(chunk, longer_);
  }
  [[nodiscard]] constexpr Index size(Index chunk) const noexcept {
    return shortest_ + (chunk < longer_ ? 1 : 0);
  }

 private:
  Index shortest_, longer_;
};

/// Elements of a plain pass over memory that repay a chunk of their own: some ten microseconds of work, ten
/// times the price of starting a loop on the pool.
inline constexpr Index serial_elements = Index{1} << 15;

/// A cut into chunks of at least `shortest` steps, and into no more than `most` chunks.
struct ReductionChunks : EvenSplit {
  constexpr ReductionChunks(Index extent_, Index shortest, Index most) noexcept
      : EvenSplit(extent_, std::min(extent_ / shortest, most)) {}
};

/// Calls f(begin, end) for chunks that cover [0, extent), on the pool where that pays: each has at least
/// `serial_elements` elements, of which every step from begin to end has `elements_per_step`.
template <class F>
void for_ranges(Index extent, Index elements_per_step, const F& f) noexcept {
  constexpr Index most = 1024;  // plenty for any machine to balance
  const Index shortest = std::max<Index>(1, serial_elements / std::max<Index>(1, elements_per_step));
  const ReductionChunks ranges(extent, shortest, most);
  parallel_for(ranges.chunks, [&](Index chunk) { f(ranges.begin(chunk), ranges.begin(chunk + 1)); });
}

}  // namespace eigenerate::kernels::detail
