#pragma once
// The product of small matrices that lie as a micro-kernel reads them: packing them, and deciding how, would
// take as long as the product.

#include "eigenerate/kernels/blocking.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/panels.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Computes a product on the calling thread if it is too small for others, and both operands are near and
/// need no padding, and returns true; false for any other. The bits are those of any product.
template <class Backend>
bool multiply_in_place(const Product<typename Backend::Scalar>& q) noexcept {
  if constexpr (!Backend::packed_as_is) return false;
  using S = typename Backend::Scalar;
  constexpr Index lanes = Backend::lanes, cols = Backend::cols;
  // Half of the smallest first-level cache for each operand.
  const auto is_near = [&](const Operand<S>& operand, Index width) {
    constexpr Index most = 16384 / static_cast<Index>(sizeof(S));
    return operand.windows == nullptr && operand.ld <= most && width <= most && q.k <= Backend::depth_block &&
           operand.ld * (operand.width_is_contiguous ? q.k : width) <= most;
  };
  const double work = static_cast<double>(q.m) * static_cast<double>(q.n) * static_cast<double>(q.k);
  const Index last_cols = q.n % cols;
  if (work >= Blocking<Backend>::serial_work || !q.c.is_matrix() || !q.a.width_is_contiguous ||
      q.m % lanes != 0 || (last_cols & (last_cols - 1)) != 0 || !is_near(q.a, q.m) || !is_near(q.b, q.n))
    return false;

  const Operand<S>& b = q.b;
  const Index step = b.width_is_contiguous ? b.ld : 1, ld = b.width_is_contiguous ? 1 : b.ld;
  const auto multiply = [&](Index row, Index vectors, Index col, Index used) {
    S* const c = q.c.data + row + col * q.c.ld;
    Epilogue<S> epilogue = q.epilogue;
    if (epilogue.bias != nullptr) epilogue.bias += row;
    if (epilogue.activated != nullptr) epilogue.activated += c - q.c.data;
    Backend::multiply_panels(c, q.c.ld, {q.a.data + row, q.a.ld}, {b.data + col * ld, ld, step, cols * ld},
                             vectors, used, q.k, q.accumulate, epilogue);
  };
  const Index vectors = q.m / lanes, panels = divide_up(vectors, Backend::max_vectors);
  for (Index panel = 0, row = 0; panel < panels; ++panel) {
    const Index height = (vectors - row / lanes) / (panels - panel);
    if (q.n >= cols) multiply(row, height, 0, q.n - last_cols);
    if (last_cols > 0) multiply(row, height, q.n - last_cols, last_cols);
    row += height * lanes;
  }
  return true;
}

}  // namespace eigenerate::kernels::detail
