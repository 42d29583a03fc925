#pragma once

#include <cstring>

#include "eigenerate/core/types.hpp"

namespace eigenerate::testing {

/// What outputs and memory are poisoned with before a function is to write them: a NaN made of bits, because
/// `-ffast-math` lets the compiler fold one that it can name.
template <Scalar S>
S not_a_number() {
  S x;
  std::memset(&x, 0xFF, sizeof x);
  return x;
}

}  // namespace eigenerate::testing
