#pragma once

#include <span>
#include <type_traits>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// One number for each sample, column or pair, to be written: how results per sample are passed, with their
/// count.
///
/// A scalar is not deduced from it, so that anything converts that a span can be made of:
/// `std::vector<float>` does, Eigen's vectors and matrices become one by `numbers(v)`.
template <Scalar S>
using Numbers = std::type_identity_t<std::span<S>>;

/// The same to be read: weights, targets per sample.
template <Scalar S>
using ConstNumbers = std::type_identity_t<std::span<const S>>;

/// `n` numbers from `data` on.
template <class S>
std::span<S> numbers(S* data, Index n) {
  return {data, static_cast<std::size_t>(n)};
}

/// All elements of an Eigen matrix, vector or map, in memory order.
template <class M>
auto numbers(M&& m) -> decltype(numbers(m.data(), m.size())) {
  return numbers(m.data(), m.size());
}

/// The first `n` elements of an Eigen vector.
template <class M>
auto first_numbers(M&& m, Index n) -> decltype(numbers(m.data(), n)) {
  return numbers(m.data(), n);
}

}  // namespace eigenerate
