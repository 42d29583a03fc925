#pragma once

#include <cstddef>
#include <cstring>

#include "eigenerate/core/types.hpp"

namespace eigenerate::testing {

/// Makes `n` numbers NaN, by their bits: an output that must be overwritten, an input that must be noticed.
template <Scalar S>
void poison(S* p, Index n) {
  std::memset(p, 0xFF, static_cast<std::size_t>(n) * sizeof(S));
}

}  // namespace eigenerate::testing
