#pragma once
// The product of a matrix and a vector: every element of the matrix is used once, so that packing it would
// cost more than the product.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/packing_buffer.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// The results of a product with one row, or one column, in blocks: compute(y, first, used) makes some.
template <class Backend, class F>
void store_results(const Product<typename Backend::Scalar>& q, bool is_row, const F& compute) noexcept {
  using S = typename Backend::Scalar;
  constexpr Index block = 512;  // of results: in the first-level cache while the matrix passes by
  const Index size = is_row ? q.n : q.m;
  for_ranges(divide_up(size, block), block * std::min(q.k, serial_elements), [&](Index begin, Index end) {
    for (Index first = begin * block; first < std::min(end * block, size); first += block) {
      const Index used = std::min(block, size - first);
      S y[block];
      compute(y, first, used);
      Epilogue<S> epilogue = q.epilogue;
      if (epilogue.activated != nullptr) epilogue.activated += is_row ? first * q.c.ld : first;
      if (is_row) {
        Backend::store_tile(q.c.data + first * q.c.ld, q.c.ld, y, 1, 1, used, q.accumulate, epilogue);
      } else {
        if (epilogue.bias != nullptr) epilogue.bias += first;
        Backend::store_tile(q.c.data + first, q.c.ld, y, used, used, 1, q.accumulate, epilogue);
      }
    }
  });
}

/// Computes a product with one row or one column and returns true; false for any other.
///
/// An element is a sum of `Backend::lanes` interleaved chains where the matrix is contiguous along k, else
/// one chain: its bits differ from those in a product with more columns.
template <class Backend>
bool multiply_vector(const Product<typename Backend::Scalar>& q) noexcept {
  using S = typename Backend::Scalar;
  const bool is_row = q.n > 1;
  if ((is_row && q.m > 1) || !q.c.is_matrix() || q.a.windows != nullptr || q.b.windows != nullptr)
    return false;
  const Operand<S>& matrix = is_row ? q.b : q.a;
  const Operand<S>& vector = is_row ? q.a : q.b;
  const S* x = vector.data;
  std::optional<PackingBuffer> packing_buffer;
  if (vector.width_is_contiguous && vector.ld != 1) {
    if (static_cast<std::size_t>(q.k) > packing_bytes / sizeof(S)) return false;
    S* const packed = reinterpret_cast<S*>(packing_buffer.emplace().data());
    for (Index p = 0; p < q.k; ++p) packed[p] = vector.data[p * vector.ld];
    x = packed;
  }

  store_results<Backend>(q, is_row, [&](S* y, Index first, Index used) {
    if (matrix.width_is_contiguous)
      Backend::combine_columns(y, matrix.at(first, 0), matrix.ld, x, used, q.k);
    else
      Backend::dot_columns(y, matrix.at(first, 0), matrix.ld, x, used, q.k);
  });
  return true;
}

/// C (m × 1) = Aᵀ b, then what the epilogue says, where column i of A are the pairs of k bf16 numbers from
/// a + i·ld on, as in a `Bf16Matrix`.
template <class Backend>
void multiply_bf16(const Product<float>& q, const std::uint32_t* a, Index ld) noexcept {
  store_results<Backend>(q, false, [&](float* y, Index first, Index used) {
    Backend::dot_bf16_columns(y, a + first * ld, ld, q.b.data, used, q.k);
  });
}

}  // namespace eigenerate::kernels::detail
