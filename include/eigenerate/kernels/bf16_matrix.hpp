#pragma once

#include <cstdint>

#include "eigenerate/core/bf16.hpp"
#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// A matrix rounded to bf16, for products with one vector: these wait for memory, and it takes half of that
/// of floats.
///
/// Numbers i and i + 16 of each stretch of 32 of a column are a pair, the first of them in the lower bits: so
/// that one operation makes neighbors of each half of a register of pairs.
class Bf16Matrix {
 public:
  Bf16Matrix() = default;
  /// Rounds a rows × columns column-major matrix, each number to the nearest.
  Bf16Matrix(const float* a, Index rows, Index columns);

  [[nodiscard]] bool empty() const noexcept { return pairs_.size() == 0; }
  [[nodiscard]] Index rows() const noexcept { return rows_; }
  [[nodiscard]] Index columns() const noexcept { return columns_; }
  [[nodiscard]] const std::uint32_t* data() const noexcept { return pairs_.data(); }
  /// Pairs from column to column; zeros fill the last stretch.
  [[nodiscard]] Index ld() const noexcept { return (rows_ + 31) / 32 * 16; }

 private:
  Index rows_ = 0, columns_ = 0;
  AlignedArray<std::uint32_t> pairs_;
};

/// `y = activation(Aᵀ x + bias)`, or what else the epilogue says.
///
/// **Shapes**: y columns, x rows, both of floats; nothing may overlap.
///
/// **Cost**: 2·rows·columns flops, and one pass over A.
///
/// **Numerics**: the bits of `gemm` with the rounded numbers as floats: of the matrix before it was rounded,
/// its bound and 2⁻⁸·Σ|a||x|.
void multiply_transposed(float* y, const Bf16Matrix& a, const float* x,
                         const Epilogue<float>& epilogue = {}) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include "eigenerate/kernels/dispatch.hpp"

namespace eigenerate::kernels {

EIGENERATE_INLINE Bf16Matrix::Bf16Matrix(const float* a, Index rows, Index columns)
    : rows_(rows), columns_(columns), pairs_(ld() * columns) {
  for (Index c = 0; c < columns; ++c) {
    for (Index r = 0; r < rows; ++r) {
      const auto bits = static_cast<std::uint32_t>(to_bf16(a[r + c * rows]));
      pairs_.data()[r / 32 * 16 + r % 16 + c * ld()] |= r % 32 < 16 ? bits : bits << 16;
    }
  }
}

EIGENERATE_INLINE void multiply_transposed(float* y, const Bf16Matrix& a, const float* x,
                                           const Epilogue<float>& epilogue) noexcept {
  const Index m = a.columns(), k = a.rows();
  if (m < 1) return;
  detail::kernel_table<float>().multiply_bf16(
      {{y, m}, {nullptr, 0, false}, {x, k, false}, m, 1, k, false, epilogue}, a.data(), a.ld());
}

}  // namespace eigenerate::kernels

#endif
