#pragma once

#include <algorithm>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/numbers.hpp"

namespace eigenerate::detail {

/// Which column of `x` belongs to which column of `parameters`: pair j joins column `x(j)` with column
/// `parameter(j)`.
struct Pairing {
  Index pairs = 0;
  Index pairs_per_x = 1;
  Index pairs_per_parameter = 1;

  Index x(Index pair) const { return pair / pairs_per_x; }
  Index parameter(Index pair) const { return pair / pairs_per_parameter; }
};

/// Pairs the columns, the fewer ones each with a run of the others; `ShapeError` where that cannot be or
/// where the parameters do not have `parameter_rows` rows.
template <Scalar S>
Pairing pair_columns(std::string_view distribution, ConstView<S> x, ConstView<S> parameters,
                     Index parameter_rows) {
  if (parameters.rows() != parameter_rows)
    fail<ShapeError>("{}: {} features need {} rows of parameters, got {}", distribution, x.rows(),
                     parameter_rows, parameters.rows());
  const Index most = std::max(x.cols(), parameters.cols()), fewest = std::min(x.cols(), parameters.cols());
  if (fewest < 1 || most % fewest != 0)
    fail<ShapeError>(
        "{}: {} columns of x and {} columns of parameters cannot be paired; one must be a multiple of the "
        "other",
        distribution, x.cols(), parameters.cols());
  return {most, most / x.cols(), most / parameters.cols()};
}

/// `ShapeError` unless `view` is rows × cols.
template <class V>
void require_extents(std::string_view distribution, std::string_view what, const V& view, Index rows,
                     Index cols) {
  if (view.rows() != rows || view.cols() != cols)
    fail<ShapeError>("{}: expected {} of {} × {}, got {} × {}", distribution, what, rows, cols, view.rows(),
                     view.cols());
}

/// `ShapeError` unless there is one number for each of `expected`.
template <class Span>
void require_count(std::string_view distribution, std::string_view what, const Span& given, Index expected) {
  if (static_cast<Index>(given.size()) != expected)
    fail<ShapeError>("{}: expected {} {}, one for each column, got {}", distribution, expected, what,
                     given.size());
}

/// `ShapeError` unless `parameters` are one column, of so many features, and `out` has room for the masses of
/// one's levels.
template <class V, class Span>
void require_masses(std::string_view distribution, const V& parameters, Index features, Index feature,
                    const Span& out, Index levels) {
  if (parameters.cols() != 1 || feature < 0 || feature >= features ||
      static_cast<Index>(out.size()) != levels)
    fail<ShapeError>(
        "{}: expected one column of parameters, one of {} features and room for {} masses, got {} columns, "
        "feature {} and room for {}",
        distribution, features, levels, parameters.cols(), feature, out.size());
}

}  // namespace eigenerate::detail
