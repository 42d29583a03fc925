#pragma once

#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/elementwise.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// Whether a finite number is no integer.
template <class S>
[[nodiscard]] bool has_fractions(const S* x, Index size) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

template <class S>
bool has_fractions(const S* x, Index size) noexcept {
  // Of an infinity and of NaN the difference is NaN, which is not above zero.
  const auto fraction = [](S v) { return select(v - std::floor(v) > S(0), S(1), S(0)); };
  return sum_of_map<S>(size, fraction, x) > 0;
}

EIGENERATE_INSTANTIATE(has_fractions)

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END

#endif
