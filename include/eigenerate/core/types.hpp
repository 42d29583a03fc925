#pragma once
// The few types that every other header speaks in.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <Eigen/Core>
#include <concepts>
#include <cstddef>
#include <memory>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/same_eigen.hpp"

namespace eigenerate {

/// Signed extent or offset, the type of every size in the library.
using Index = std::ptrdiff_t;

static_assert(
    std::same_as<Eigen::Index, Index>,
    "eigenerate: EIGEN_DEFAULT_DENSE_INDEX_TYPE must stay std::ptrdiff_t: a narrower type would cut "
    "the sizes of large matrices without a word");

/// The scalars that the library computes in: `float` for training, `double` for proofs.
template <class S>
concept Scalar = std::same_as<S, float> || std::same_as<S, double>;

/// Owning column-major matrix; a batch holds **one sample per column**.
///
/// The order is written out because a user's EIGEN_DEFAULT_TO_ROW_MAJOR turns `Eigen::MatrixXf` around. A
/// row-major matrix becomes a `Matrix` by conversion, element by element, and has no `View`.
template <Scalar S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

/// Owning column vector.
template <Scalar S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1, Eigen::ColMajor>;

/// Writable view of a dense column-major matrix that somebody else owns. A null view is an output that
/// the caller does not want (see `wanted`).
template <Scalar S>
using View = Eigen::Map<Matrix<S>>;

namespace detail {
[[noreturn]] inline void fail_strided(Index rows, Index stride) {
  fail<ShapeError>(
      "this block takes {} of {} rows, so its columns do not follow each other in memory; copy it into a matrix first",
      rows, stride);
}
template <class M>
concept DirectAccess = std::derived_from<M, Eigen::DenseBase<M>> && bool(M::Flags& Eigen::DirectAccessBit) &&
                       M::InnerStrideAtCompileTime == 1;
/// Whether a matrix expression of that type may lie in memory as a `Matrix` does.
template <class M, class S>
concept ColumnMajor = DirectAccess<M> && std::same_as<typename M::Scalar, S> &&
    (!bool(M::IsRowMajor) || bool(M::IsVectorAtCompileTime));
}  // namespace detail

/// Read-only counterpart of `View`. Matrices, vectors, maps and blocks of whole columns convert to it without
/// a copy; what it was made from must outlive it.
///
/// **Errors** `ShapeError` for a block that leaves rows out: its columns do not follow each other in memory.
template <Scalar S>
class ConstView : public Eigen::Map<const Matrix<S>> {
  using Base = Eigen::Map<const Matrix<S>>;

 public:
  ConstView() : Base(nullptr, 0, 0) {}
  ConstView(const S* data, Index rows, Index cols) : Base(data, rows, cols) {}
  template <class M>
  requires detail::ColumnMajor<M, S> ConstView(const M& m)  // NOLINT: a matrix is a view of itself
      : Base(m.data(), m.rows(), m.cols()) {
    if (m.cols() > 1 && m.rows() > 1 && m.outerStride() != m.rows())
      detail::fail_strided(m.rows(), m.outerStride());
  }
  ConstView(const ConstView&) = default;
  /// Looks at other memory from now on, as a span does.
  ConstView& operator=(const ConstView& other) { return *std::construct_at(this, other); }
};

/// The view that asks a function not to compute this output.
template <Scalar S>
View<S> unwanted() {
  return View<S>(nullptr, 0, 0);
}

/// Whether the caller asked for this output.
template <Scalar S>
bool wanted(const View<S>& output) {
  return output.data() != nullptr;
}

/// Read-only view of a writable one, where a template must be told.
template <Scalar S>
ConstView<S> as_const(const View<S>& view) {
  return view;
}

/// Read-only view of an owning matrix.
template <Scalar S>
ConstView<S> as_const(const Matrix<S>& matrix) {
  return matrix;
}

/// A row-major matrix must be converted first.
template <Scalar S>
ConstView<S> as_const(const Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>&) {
  static_assert(
      !std::same_as<S, S>,
      "eigenerate: this matrix is row-major (EIGEN_DEFAULT_TO_ROW_MAJOR turns Eigen::MatrixXf around), "
      "and batches are column-major: copy it into an eigenerate::Matrix first");
}

/// Writable view of an owning matrix.
template <Scalar S>
View<S> as_view(Matrix<S>& matrix) {
  return View<S>(matrix.data(), matrix.rows(), matrix.cols());
}

/// Whether a pass trains (batch statistics, dropout) or evaluates (running statistics, no noise).
enum class Mode { train, evaluate };

}  // namespace eigenerate
