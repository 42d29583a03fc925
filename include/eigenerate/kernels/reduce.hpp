#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// `sums[r] += Σ_c x(r, c)`: the bias gradient of a batch.
///
/// **Shapes**: sums rows, x rows × cols with leading dimension ldx. They must not overlap.
///
/// **Numerics**: each row is summed in double, over fixed chunks of columns that are added in their order,
/// then rounded once: |error| ≤ eps(S)·|result| + cols·eps(double)·Σ|x|. The bits do not depend on the
/// threads.
template <class S>
void accumulate_row_sums(S* sums, const S* x, Index ldx, Index rows, Index cols) noexcept;

/// `sums[c] = Σ_r x(r, c)`.
///
/// **Shapes**: sums cols, x rows × cols with leading dimension ldx. They must not overlap.
///
/// **Numerics**: each column is summed in double and rounded once: |error| ≤ eps(S)·|result| +
/// rows·eps(double)·Σ|x|. The bits do not depend on the threads.
template <class S>
void column_sums(S* sums, const S* x, Index ldx, Index rows, Index cols) noexcept;

/// `Σ x[i]²`.
///
/// **Numerics**: squared and summed in double, over fixed chunks that are added in their order:
/// |error| ≤ size·eps(double)·result. A NaN or an infinity in x gives a result that is not finite. The bits
/// do not depend on the threads.
template <class S>
[[nodiscard]] double sum_of_squares(const S* x, Index size) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/dispatch.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Rows that are reduced together: their sums, for every chunk of columns, fit the stack.
inline constexpr Index reduction_rows = 64;

/// sums[r] += Σ_c x(r, c) for at most `reduction_rows` rows.
template <class S>
void add_row_sums_of_block(double* sums, const S* x, Index ldx, Index rows, Index cols) noexcept {
  constexpr Index most_chunks = 32;
  const ReductionChunks columns(cols, std::max<Index>(1, serial_elements / rows), most_chunks);
  double partial[most_chunks * reduction_rows];
  std::fill_n(partial, columns.chunks * rows, 0.0);
  const auto& table = kernel_table<S>();
  parallel_for(columns.chunks, [&](Index chunk) {
    table.add_columns_to(partial + chunk * rows, x + columns.begin(chunk) * ldx, ldx, rows,
                         columns.size(chunk));
  });
  for (Index chunk = 0; chunk < columns.chunks; ++chunk) {
    for (Index r = 0; r < rows; ++r) sums[r] += partial[chunk * rows + r];
  }
}

}  // namespace detail

template <class S>
void accumulate_row_sums(S* sums, const S* x, Index ldx, Index rows, Index cols) noexcept {
  constexpr Index block = detail::reduction_rows;
  if (ldx == rows && rows > 0 && rows <= block / 2) {
    // A few rows would leave most lanes of a register idle: several columns are read as one longer column.
    const Index fold = block / rows, folded_rows = rows * fold, folded_cols = cols / fold;
    double folded[block] = {}, total[block] = {};
    detail::add_row_sums_of_block(folded, x, folded_rows, folded_rows, folded_cols);
    for (Index i = 0; i < folded_rows; ++i) total[i % rows] += folded[i];
    const Index done = folded_cols * fold;
    detail::add_row_sums_of_block(total, x + done * ldx, ldx, rows, cols - done);
    for (Index r = 0; r < rows; ++r) sums[r] = static_cast<S>(static_cast<double>(sums[r]) + total[r]);
    return;
  }
  const auto add_block = [&](Index first) {
    const Index here = std::min(block, rows - first);
    double total[block] = {};
    detail::add_row_sums_of_block(total, x + first, ldx, here, cols);
    for (Index r = 0; r < here; ++r) {
      sums[first + r] = static_cast<S>(static_cast<double>(sums[first + r]) + total[r]);
    }
  };
  // Many columns are shared by the threads within each block; where they are few, as a batch's are, the
  // threads share the blocks.
  const Index blocks = detail::divide_up(rows, block);
  if (cols >= 2 * detail::serial_elements / block) {
    for (Index b = 0; b < blocks; ++b) add_block(b * block);
    return;
  }
  detail::for_ranges(blocks, block * cols, [&](Index begin, Index end) {
    for (Index b = begin; b < end; ++b) add_block(b * block);
  });
}

template <class S>
void column_sums(S* sums, const S* x, Index ldx, Index rows, Index cols) noexcept {
  const auto& table = detail::kernel_table<S>();
  detail::for_ranges(cols, rows, [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c) sums[c] = static_cast<S>(table.sum(x + c * ldx, rows));
  });
}

template <class S>
double sum_of_squares(const S* x, Index size) noexcept {
  constexpr Index most_chunks = 256;
  const auto& table = detail::kernel_table<S>();
  const detail::ReductionChunks chunks(size, detail::serial_elements, most_chunks);
  double partial[most_chunks];
  parallel_for(chunks.chunks, [&](Index chunk) {
    partial[chunk] = table.sum_of_squares(x + chunks.begin(chunk), chunks.size(chunk));
  });
  double total = 0;
  for (Index chunk = 0; chunk < chunks.chunks; ++chunk) total += partial[chunk];
  return total;
}

EIGENERATE_INSTANTIATE(accumulate_row_sums)
EIGENERATE_INSTANTIATE(column_sums)
EIGENERATE_INSTANTIATE(sum_of_squares)

}  // namespace eigenerate::kernels

#endif
