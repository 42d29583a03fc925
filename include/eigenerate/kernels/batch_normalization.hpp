#pragma once
// Statistics of the rows of a matrix, and the passes that use them: batch normalization, whose rows are
// channels and whose columns are the pixels of a batch.

#include <algorithm>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/dispatch.hpp"
#include "eigenerate/kernels/normalization_loops.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Rows whose two sums are taken at a time, and chunks of columns: their sums lie on the stack (32 KiB).
inline constexpr Index moment_rows = 64, moment_chunks = 32;

/// Two sums for each of at most `moment_rows` rows, over chunks of columns that threads share. A chunk is
/// read twice, so it should stay in the second level of cache: 64 × 512 floats are 128 KiB.
struct RowPairs {
  Index rows;
  ReductionChunks chunks;
  double first[moment_chunks * moment_rows], second[moment_chunks * moment_rows];

  RowPairs(Index rows_, Index columns) noexcept
      : rows(rows_), chunks(columns, std::max<Index>(1, serial_elements / rows_), moment_chunks) {
    std::fill_n(first, chunks.chunks * rows, 0.0);
    std::fill_n(second, chunks.chunks * rows, 0.0);
  }
  double total(const double* sums, Index row) const noexcept {
    double sum = 0;
    for (Index chunk = 0; chunk < chunks.chunks; ++chunk) sum += sums[chunk * rows + row];
    return sum;
  }
};

/// `row_moments` for at most `moment_rows` rows.
template <class S>
void row_moments_of_block(S* mean, S* variance, const S* x, Index ldx, Index rows, Index columns) noexcept {
  RowPairs sums(rows, columns);
  S centers[moment_chunks * moment_rows];
  const auto add_squares = compiled<RowLoops<S>::add_squared_deviations>();
  parallel_for(sums.chunks.chunks, [&](Index chunk) {
    const S* const part = x + sums.chunks.begin(chunk) * ldx;
    const Index at = chunk * rows, size = sums.chunks.size(chunk);
    kernel_table<S>().add_columns_to(sums.first + at, part, ldx, rows, size);
    for (Index r = at; r < at + rows; ++r)
      centers[r] = static_cast<S>(sums.first[r] / static_cast<double>(size));
    add_squares(sums.second + at, part, ldx, centers + at, rows, size);
  });
  const double n = static_cast<double>(columns);
  for (Index r = 0; r < rows; ++r) {
    const double mu = sums.total(sums.first, r) / n;
    double squares = 0;
    for (Index chunk = 0; chunk < sums.chunks.chunks; ++chunk) {
      // Σ (x − µ)² = Σ (x − c)² + 2 (c − µ) Σ (x − c) + size (c − µ)² for any centre c.
      const Index at = chunk * rows + r;
      const double size = static_cast<double>(sums.chunks.size(chunk)), c = static_cast<double>(centers[at]);
      squares += sums.second[at] + (c - mu) * (2 * (sums.first[at] - size * c) + size * (c - mu));
    }
    mean[r] = static_cast<S>(mu);
    variance[r] = static_cast<S>(std::max(squares / n, 0.0));
  }
}

/// `row_gradient_sums` for at most `moment_rows` rows.
template <class S>
void row_gradient_sums_of_block(S* sums, S* products, const S* dy, const S* x, Index ld, const S* center,
                                Index rows, Index columns) noexcept {
  RowPairs pairs(rows, columns);
  const auto add = compiled<RowLoops<S>::add_gradient_sums>();
  parallel_for(pairs.chunks.chunks, [&](Index chunk) {
    const Index at = chunk * rows, first = pairs.chunks.begin(chunk) * ld;
    add(pairs.first + at, pairs.second + at, dy + first, x + first, ld, center, rows,
        pairs.chunks.size(chunk));
  });
  for (Index r = 0; r < rows; ++r) {
    sums[r] = static_cast<S>(pairs.total(pairs.first, r));
    products[r] = static_cast<S>(pairs.total(pairs.second, r));
  }
}

}  // namespace detail

/// `mean[r]` and `variance[r]` (biased: divided by the number of columns) of each row.
///
/// **Shapes**: mean and variance rows, x rows × columns, columns ≥ 1; nothing may overlap.
///
/// **Numerics**: in double, in two passes over fixed chunks of columns, which are combined in their order
/// (Chan, Golub & LeVeque 1983), and rounded once. With n columns and the standard deviation σ the errors are
/// at most eps(S)·|mean| + n·eps(double)·Σ|x|/n, and eps(S) + 4·n·eps(double)·(1 + |mean|/σ) relative to the
/// variance. The bits do not depend on the threads.
template <class S>
void row_moments(S* mean, S* variance, const S* x, Index rows, Index columns) noexcept {
  constexpr Index block = detail::moment_rows;
  for (Index r = 0; r < rows; r += block)
    detail::row_moments_of_block(mean + r, variance + r, x + r, rows, std::min(block, rows - r), columns);
}

/// `sums[r] = Σ_c dy(r, c)` and `products[r] = Σ_c dy(r, c)·(x(r, c) − center[r])`.
///
/// **Shapes**: sums, products and center rows, dy and x rows × columns; nothing may overlap.
///
/// **Numerics**: summed in double over fixed chunks of columns and rounded once. The bits do not depend on
/// the threads.
template <class S>
void row_gradient_sums(S* sums, S* products, const S* dy, const S* x, const S* center, Index rows,
                       Index columns) noexcept {
  constexpr Index block = detail::moment_rows;
  for (Index r = 0; r < rows; r += block)
    detail::row_gradient_sums_of_block(sums + r, products + r, dy + r, x + r, rows, center + r,
                                       std::min(block, rows - r), columns);
}

/// `y(r, c) = (x(r, c) − center[r])·scale[r] + shift[r]`.
///
/// **Shapes**: x and y rows × columns, the others rows. y may be x; nothing else may overlap.
///
/// **Numerics**: at most three roundings of S.
template <class S>
void scale_rows(S* y, const S* x, const S* center, const S* scale, const S* shift, Index rows,
                Index columns) noexcept {
  const auto run = detail::compiled<detail::RowLoops<S>::scale>();
  detail::for_ranges(columns, rows, [&](Index begin, Index end) {
    run(y + begin * rows, x + begin * rows, center, scale, shift, rows, end - begin);
  });
}

/// `y(r, c) = scale[r]·g(r, c) + slope[r]·(x(r, c) − center[r]) + shift[r]`.
///
/// **Shapes**: x, y and g rows × columns, the others rows. y may be x or g; nothing else may overlap.
///
/// **Numerics**: at most five roundings of S.
template <class S>
void combine_rows(S* y, const S* g, const S* x, const S* center, const S* scale, const S* slope,
                  const S* shift, Index rows, Index columns) noexcept {
  const auto run = detail::compiled<detail::RowLoops<S>::combine>();
  detail::for_ranges(columns, rows, [&](Index begin, Index end) {
    run(y + begin * rows, g + begin * rows, x + begin * rows, center, scale, slope, shift, rows, end - begin);
  });
}

}  // namespace eigenerate::kernels
