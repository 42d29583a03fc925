#pragma once
// Statistics of the rows of a matrix, and the passes that use them: batch normalization, whose rows are
// channels and whose columns are the pixels of a batch.

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// `mean[r]` and `variance[r]` (biased: divided by the number of columns) of each row.
///
/// **Shapes**: mean and variance rows, x rows × columns, columns ≥ 1; nothing may overlap.
///
/// **Numerics**: in double, in one pass over fixed chunks of columns, each about the mean of its first ones,
/// which are combined in their order (Chan, Golub & LeVeque 1983), and rounded once. With n columns and the
/// standard deviation σ the errors are at most eps(S)·|mean| + n·eps(double)·Σ|x|/n, and eps(S) +
/// 4·n·eps(double)·(1 + d²/σ²) relative to the variance, d the largest distance of the mean of a chunk's
/// first eight columns from its chunk's: the size of the mean does not matter. The bits do not depend on the
/// threads.
template <class S>
void row_moments(S* mean, S* variance, const S* x, Index rows, Index columns) noexcept;

/// `sums[r] = Σ_c dy(r, c)` and `products[r] = Σ_c dy(r, c)·(x(r, c) − center[r])`.
///
/// **Shapes**: sums, products and center rows, dy and x rows × columns; nothing may overlap.
///
/// **Numerics**: summed in double over fixed chunks of columns and rounded once. The bits do not depend on
/// the threads.
template <class S>
void row_gradient_sums(S* sums, S* products, const S* dy, const S* x, const S* center, Index rows,
                       Index columns) noexcept;

/// `y(r, c) = (x(r, c) − center[r])·scale[r] + shift[r]`.
///
/// **Shapes**: x and y rows × columns, the others rows. y may be x; nothing else may overlap.
///
/// **Numerics**: at most three roundings of S.
template <class S>
void scale_rows(S* y, const S* x, const S* center, const S* scale, const S* shift, Index rows,
                Index columns) noexcept;

/// `y(r, c) = scale[r]·g(r, c) + slope[r]·(x(r, c) − center[r]) + shift[r]`.
///
/// **Shapes**: x, y and g rows × columns, the others rows. y may be x or g; nothing else may overlap.
///
/// **Numerics**: at most five roundings of S.
template <class S>
void combine_rows(S* y, const S* g, const S* x, const S* center, const S* scale, const S* slope,
                  const S* shift, Index rows, Index columns) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/backend/row_pairs.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/normalization_loops.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

namespace detail {

/// Columns of a matrix with few rows that are taken for one column, so that the loops over rows are long
/// ones: up to 64 rows, in whole registers of four where that is possible.
constexpr Index folded_columns(Index rows) noexcept {
  const Index fold = rows <= 32 ? 64 / rows : 1;
  return fold < 4 ? fold : fold / 4 * 4;
}

/// One coefficient for each row, repeated for every column that is folded.
template <class S>
struct RepeatedRows {
  S values[64];

  RepeatedRows(const S* from, Index rows, Index fold) noexcept {
    for (Index f = 0; f < fold; ++f) std::copy_n(from, rows, values + f * rows);
  }
};

/// Two sums over x − center for each of at most `most_rows` rows, chunk by chunk of the columns. With
/// `of_gradients` they are those of dy and of dy·(x − center), otherwise those of x − center and of its
/// square.
template <class S>
struct RowPairs {
  // Chunks × rows: the sums lie on the stack (48 KiB).
  static constexpr Index most_rows = 256, most_sums = 2048;

  Index rows, fold, width;
  ReductionChunks chunks;
  double first[most_sums], second[most_sums], minus_center[most_sums];

  RowPairs(Index rows_, Index ld, Index columns) noexcept
      : rows(rows_),
        fold(ld == rows ? folded_columns(rows) : 1),
        width(rows * fold),
        chunks(columns, std::max<Index>(1, serial_elements / rows), most_sums / width) {}

  /// Where the sums of the chunk begin.
  Index at(Index chunk) const noexcept { return chunk * width; }

  /// `centers` null: each chunk takes the mean of its first columns.
  template <bool of_gradients>
  void add(const S* dy, const S* x, Index ld, const S* centers) noexcept {
    const auto add_pairs = row_pair_sums<S, of_gradients>();
    parallel_for(chunks.chunks, [&](Index chunk) {
      const Index begin = chunks.begin(chunk) * ld, size = chunks.size(chunk);
      const Index folds = size / fold, done = begin + folds * fold * ld, from = at(chunk);
      const S* const part = x + begin;
      double* const middle = minus_center + from;
      for (Index r = 0; r < rows; ++r)
        middle[r] = centers == nullptr ? -mean_of_few(part + r, ld, size) : -wide(centers[r]);
      for (Index i = rows; i < width; ++i) middle[i] = middle[i - rows];
      std::fill_n(first + from, width, 0.0);
      std::fill_n(second + from, width, 0.0);
      add_pairs(first + from, second + from, dy + begin, part, fold * ld, middle, width, folds);
      add_pairs(first + from, second + from, dy + done, x + done, ld, middle, rows, size % fold);
      for (Index i = rows; i < width; ++i) {
        first[from + i % rows] += first[from + i];
        second[from + i % rows] += second[from + i];
      }
    });
  }

 private:
  static double mean_of_few(const S* x, Index ld, Index size) noexcept {
    const Index few = std::min<Index>(size, 8);
    double sum = 0;
    for (Index c = 0; c < few; ++c) sum += wide(x[c * ld]);
    return sum / static_cast<double>(few);
  }
};

/// `row_moments` for at most `RowPairs::most_rows` rows.
template <class S>
void row_moments_of_block(S* mean, S* variance, const S* x, Index ldx, Index rows, Index columns) noexcept {
  RowPairs<S> sums(rows, ldx, columns);
  sums.template add<false>(x, x, ldx, nullptr);
  const double n = static_cast<double>(columns);
  for (Index r = 0; r < rows; ++r) {
    double total = 0;
    for (Index chunk = 0; chunk < sums.chunks.chunks; ++chunk) {
      const Index at = sums.at(chunk) + r;
      total += static_cast<double>(sums.chunks.size(chunk)) * -sums.minus_center[at] + sums.first[at];
    }
    const double mu = total / n;
    double squares = 0;
    for (Index chunk = 0; chunk < sums.chunks.chunks; ++chunk) {
      const Index at = sums.at(chunk) + r;
      const double size = static_cast<double>(sums.chunks.size(chunk)), offset = sums.first[at] / size;
      const double from_mean = offset - sums.minus_center[at] - mu;
      squares += sums.second[at] - sums.first[at] * offset + size * from_mean * from_mean;
    }
    mean[r] = static_cast<S>(mu);
    variance[r] = static_cast<S>(std::max(squares / n, 0.0));
  }
}

/// `row_gradient_sums` for at most `RowPairs::most_rows` rows.
template <class S>
void row_gradient_sums_of_block(S* sums, S* products, const S* dy, const S* x, Index ld, const S* center,
                                Index rows, Index columns) noexcept {
  RowPairs<S> pairs(rows, ld, columns);
  pairs.template add<true>(dy, x, ld, center);
  for (Index r = 0; r < rows; ++r) {
    double sum = 0, product = 0;
    for (Index chunk = 0; chunk < pairs.chunks.chunks; ++chunk) {
      sum += pairs.first[pairs.at(chunk) + r];
      product += pairs.second[pairs.at(chunk) + r];
    }
    sums[r] = static_cast<S>(sum);
    products[r] = static_cast<S>(product);
  }
}

}  // namespace detail

template <class S>
void row_moments(S* mean, S* variance, const S* x, Index rows, Index columns) noexcept {
  constexpr Index block = detail::RowPairs<S>::most_rows;
  for (Index r = 0; r < rows; r += block)
    detail::row_moments_of_block(mean + r, variance + r, x + r, rows, std::min(block, rows - r), columns);
}

template <class S>
void row_gradient_sums(S* sums, S* products, const S* dy, const S* x, const S* center, Index rows,
                       Index columns) noexcept {
  constexpr Index block = detail::RowPairs<S>::most_rows;
  for (Index r = 0; r < rows; r += block)
    detail::row_gradient_sums_of_block(sums + r, products + r, dy + r, x + r, rows, center + r,
                                       std::min(block, rows - r), columns);
}

template <class S>
void scale_rows(S* y, const S* x, const S* center, const S* scale, const S* shift, Index rows,
                Index columns) noexcept {
  const auto run = detail::compiled<detail::RowLoops<S>::scale>();
  const Index fold = detail::folded_columns(rows);
  if (fold > 1 && columns >= fold) {
    const detail::RepeatedRows<S> centers(center, rows, fold), scales(scale, rows, fold),
        shifts(shift, rows, fold);
    const Index done = columns / fold * fold * rows;
    scale_rows(y, x, centers.values, scales.values, shifts.values, rows * fold, columns / fold);
    return run(y + done, x + done, center, scale, shift, rows, columns % fold);
  }
  detail::for_ranges(columns, rows, [&](Index begin, Index end) {
    run(y + begin * rows, x + begin * rows, center, scale, shift, rows, end - begin);
  });
}

template <class S>
void combine_rows(S* y, const S* g, const S* x, const S* center, const S* scale, const S* slope,
                  const S* shift, Index rows, Index columns) noexcept {
  const auto run = detail::compiled<detail::RowLoops<S>::combine>();
  const Index fold = detail::folded_columns(rows);
  if (fold > 1 && columns >= fold) {
    const detail::RepeatedRows<S> centers(center, rows, fold), scales(scale, rows, fold),
        slopes(slope, rows, fold), shifts(shift, rows, fold);
    const Index done = columns / fold * fold * rows;
    combine_rows(y, g, x, centers.values, scales.values, slopes.values, shifts.values, rows * fold,
                 columns / fold);
    return run(y + done, g + done, x + done, center, scale, slope, shift, rows, columns % fold);
  }
  detail::for_ranges(columns, rows, [&](Index begin, Index end) {
    run(y + begin * rows, g + begin * rows, x + begin * rows, center, scale, slope, shift, rows, end - begin);
  });
}

EIGENERATE_INSTANTIATE(row_moments)
EIGENERATE_INSTANTIATE(row_gradient_sums)
EIGENERATE_INSTANTIATE(scale_rows)
EIGENERATE_INSTANTIATE(combine_rows)

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END

#endif
