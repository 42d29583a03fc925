#pragma once
// The few types that every other header speaks in.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <Eigen/Core>
#include <concepts>
#include <cstddef>

namespace eigenerate {

/// Signed extent or offset, the type of every size in the library.
using Index = std::ptrdiff_t;

/// The scalars that the library computes in: `float` for training, `double` for proofs.
template <class S>
concept Scalar = std::same_as<S, float> || std::same_as<S, double>;

/// Owning column-major matrix; a batch holds **one sample per column**.
template <Scalar S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;

/// Owning column vector.
template <Scalar S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// Writable view of a dense column-major matrix that somebody else owns. A null view is an output that
/// the caller does not want (see `wanted`).
template <Scalar S>
using View = Eigen::Map<Matrix<S>>;

/// Read-only counterpart of `View`.
template <Scalar S>
using ConstView = Eigen::Map<const Matrix<S>>;

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

/// Read-only view of a writable one.
template <Scalar S>
ConstView<S> as_const(const View<S>& view) {
  return ConstView<S>(view.data(), view.rows(), view.cols());
}

/// Read-only view of an owning matrix.
template <Scalar S>
ConstView<S> as_const(const Matrix<S>& matrix) {
  return ConstView<S>(matrix.data(), matrix.rows(), matrix.cols());
}

/// Writable view of an owning matrix.
template <Scalar S>
View<S> as_view(Matrix<S>& matrix) {
  return View<S>(matrix.data(), matrix.rows(), matrix.cols());
}

/// Whether a pass trains (batch statistics, dropout) or evaluates (running statistics, no noise).
enum class Mode { train, evaluate };

}  // namespace eigenerate
