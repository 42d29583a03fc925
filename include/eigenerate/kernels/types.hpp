#pragma once
// The words that every kernel signature is made of. No Eigen here: a kernel sees pointers and extents.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <cstddef>

namespace eigenerate::kernels {

using Index = std::ptrdiff_t;

/// Whether a matrix operand enters a product as it is stored or transposed.
enum class Transpose { No, Yes };

/// A function that a product can apply to its results. Its sign is that of its argument, so that its
/// derivative follows from its value.
struct Activation {
  enum class Kind { None, Relu, LeakyRelu };

  Kind kind = Kind::None;
  double slope = 0;  ///< of a LeakyRelu below zero: positive

  static constexpr Activation relu() noexcept { return {Kind::Relu, 0}; }
  static constexpr Activation leaky_relu(double slope) noexcept { return {Kind::LeakyRelu, slope}; }

  constexpr bool is_none() const noexcept { return kind == Kind::None; }
};

/// What a product does to `C` once the sum over `k` is complete: `C = activation(C + bias)`; or, given the
/// values of that activation for the elements of another matrix, the chain rule:
/// `C = (C + bias) ∘ activation'` there.
template <class S>
struct Epilogue {
  const S* bias = nullptr;  ///< one value per row of C, or null for none
  Activation activation{};
  const S* activated = nullptr;  ///< those values, laid out as C

  bool is_empty() const noexcept { return bias == nullptr && activation.is_none(); }
};

}  // namespace eigenerate::kernels
