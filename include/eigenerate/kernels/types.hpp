#pragma once
// The words that every kernel signature is made of. No Eigen here: a kernel sees pointers and extents.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <cstddef>

namespace eigenerate::kernels {

using Index = std::ptrdiff_t;

/// Whether a matrix operand enters a product as it is stored or transposed.
enum class Transpose { No, Yes };

/// The function a product applies to its result before storing it.
enum class Activation { None, Relu };

/// What a product does to `C` once the sum over `k` is complete: `C = activation(C + bias)`.
template <class S>
struct Epilogue {
  const S* bias = nullptr;  ///< one value per row of C, or null for none
  Activation activation = Activation::None;

  bool is_empty() const noexcept { return bias == nullptr && activation == Activation::None; }
};

}  // namespace eigenerate::kernels
