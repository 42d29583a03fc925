#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// Whether no number is infinite or NaN, read from their bits: a user's `-ffast-math` cannot hide them.
template <class S>
[[nodiscard]] bool all_finite(const S* x, Index size) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <atomic>
#include <cstdint>
#include <cstring>

#include "eigenerate/core/portable.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

namespace detail {

/// The words of which the top bit is set for numbers that are not finite: adding one to a full exponent
/// carries into the sign's place. The numbers are read as integers: see `bits_in_memory`.
EIGENERATE_LOOP std::uint32_t carry_of(const float* x) noexcept {
  std::uint32_t bits;
  std::memcpy(&bits, x, sizeof bits);
  return (bits & 0x7FFFFFFFu) + 0x00800000u;
}
EIGENERATE_LOOP std::uint64_t carry_of(const double* x) noexcept {
  std::uint64_t bits;
  std::memcpy(&bits, x, sizeof bits);
  return (bits & 0x7FFFFFFFFFFFFFFFu) + 0x0010000000000000u;
}

template <class S>
EIGENERATE_LOOP bool all_finite_loop(const S* x, Index size) noexcept {
  using Word = decltype(carry_of(x));
  Word carries[loop_block] = {}, all = 0;
  Index first = 0;
  for (; first + loop_block <= size; first += loop_block) {
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < loop_block; ++i) carries[i] |= carry_of(x + first + i);
  }
  for (Index i = first; i < size; ++i) all |= carry_of(x + i);
  for (const Word c : carries) all |= c;
  return (all >> (8 * sizeof(Word) - 1)) == 0;
}

}  // namespace detail

template <class S>
bool all_finite(const S* x, Index size) noexcept {
  std::atomic<bool> finite = true;
  auto* const loop = detail::compiled<detail::all_finite_loop<S>>();
  detail::for_ranges(size, 1, [&](Index begin, Index end) {
    if (!loop(x + begin, end - begin)) finite.store(false, std::memory_order_relaxed);
  });
  return finite.load(std::memory_order_relaxed);
}

EIGENERATE_INSTANTIATE(all_finite)

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END

#endif
