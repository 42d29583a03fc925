#pragma once

#include <algorithm>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/distributions/chunked.hpp"

namespace eigenerate::detail {

/// `ShapeError` unless there is a sample and the gradient, where wanted, has the extents of `x`.
template <Scalar S>
void require_loss_views(std::string_view loss, ConstView<S> x, View<S> dx) {
  if (x.size() < 1)
    fail<ShapeError>("{}: expected at least one sample, got {} × {}", loss, x.rows(), x.cols());
  if (wanted(dx) && (dx.rows() != x.rows() || dx.cols() != x.cols()))
    fail<ShapeError>("{}: expected a gradient of {} × {}, got {} × {}", loss, x.rows(), x.cols(), dx.rows(),
                     dx.cols());
}

/// The same, and the target has the extents of `x`.
template <Scalar S>
void require_loss_views(std::string_view loss, ConstView<S> x, ConstView<S> target, View<S> dx) {
  require_loss_views(loss, x, dx);
  if (target.rows() != x.rows() || target.cols() != x.cols())
    fail<ShapeError>("{}: expected targets of {} × {}, got {} × {}", loss, x.rows(), x.cols(), target.rows(),
                     target.cols());
}

/// Elements that one call of a loss's function gets: 4 KiB of float, which stay in the first-level cache from
/// the value to the gradient.
inline constexpr Index piece_elements = 1024;

/// (1 / samples) Σ `f(first, size)` over pieces of the batch's memory, on all threads.
template <Scalar S, class F>
double mean_over_batch(ConstView<S> x, F&& f) {
  const Index pieces = (x.size() + piece_elements - 1) / piece_elements;
  const double sum = sum_over_items(pieces, piece_elements, [&](Index piece) {
    const Index first = piece * piece_elements;
    return f(first, std::min(piece_elements, x.size() - first));
  });
  return sum / static_cast<double>(x.cols());
}

/// 1 / samples.
template <Scalar S>
S per_sample(ConstView<S> x) {
  return static_cast<S>(1.0 / static_cast<double>(x.cols()));
}

}  // namespace eigenerate::detail
