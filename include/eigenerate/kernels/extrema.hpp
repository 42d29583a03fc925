#pragma once

#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// The smallest and the largest of the finite numbers; none where there is none.
template <class S>
[[nodiscard]] std::optional<ValueRange> extrema(const S* x, Index size) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>
#include <array>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/finite.hpp"
#include "eigenerate/kernels/items.hpp"
#include "eigenerate/kernels/math.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

namespace detail {

/// Widens [low, high] to hold x, whose numbers are all finite.
template <class S>
EIGENERATE_LOOP void widen_loop(S* low, S* high, const S* x, Index size) noexcept {
  S lows[loop_block], highs[loop_block];
  std::fill_n(lows, loop_block, *low);
  std::fill_n(highs, loop_block, *high);
  Index first = 0;
  for (; first + loop_block <= size; first += loop_block) {
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < loop_block; ++i) {
      lows[i] = select(x[first + i] < lows[i], x[first + i], lows[i]);
      highs[i] = select(x[first + i] > highs[i], x[first + i], highs[i]);
    }
  }
  for (Index i = first; i < size; ++i) {
    lows[0] = std::min(lows[0], x[i]);
    highs[0] = std::max(highs[0], x[i]);
  }
  *low = *std::min_element(lows, lows + loop_block);
  *high = *std::max_element(highs, highs + loop_block);
}

}  // namespace detail

template <class S>
std::optional<ValueRange> extrema(const S* x, Index size) noexcept {
  const S* const end = x + size;
  const S* const seed = std::find_if(x, end, [](const S& value) { return is_finite(value); });
  if (seed == end) return std::nullopt;
  S low = *seed, high = *seed;
  if (all_finite(x, size)) {
    std::array<S, static_cast<std::size_t>(detail::max_chunks)> lows, highs;
    auto* const loop = detail::compiled<detail::widen_loop<S>>();
    const Index chunks = detail::for_each_chunk(size, 1, [&](Index chunk, Index first, Index last) {
      const auto i = static_cast<std::size_t>(chunk);
      lows[i] = highs[i] = x[first];
      loop(&lows[i], &highs[i], x + first, last - first);
    });
    low = *std::min_element(lows.begin(), lows.begin() + chunks);
    high = *std::max_element(highs.begin(), highs.begin() + chunks);
  } else {
    for (const S* value = seed; value < end; ++value) {
      if (!is_finite(*value)) continue;
      low = std::min(low, *value);
      high = std::max(high, *value);
    }
  }
  return ValueRange{static_cast<double>(low), static_cast<double>(high)};
}

EIGENERATE_INSTANTIATE(extrema)

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END

#endif
