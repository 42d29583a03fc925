#pragma once

#include <algorithm>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

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

/// Elements that one call of a loss's function gets: enough to forget the call.
inline constexpr Index piece_elements = 1024;

/// (1 / samples) Σ `f(first, size)` over pieces of the batch's memory, on all threads.
template <Scalar S, class F>
double mean_over_batch(ConstView<S> x, F&& f) {
  const Index pieces = (x.size() + piece_elements - 1) / piece_elements;
  const double sum = kernels::sum_over_items(pieces, piece_elements, [&](Index piece) {
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

/// 1 / features.
template <Scalar S>
S per_feature(ConstView<S> x) {
  return static_cast<S>(1.0 / static_cast<double>(x.rows()));
}

/// What a pointwise loss is for one prediction.
template <Scalar S>
struct PointLoss {
  S value, derivative;
};

/// The mean over the batch of Σ `f(x[i], more[i]…).value`, and `dx = f(…).derivative / samples` where it is
/// wanted, in the same pass. A value that does not need its derivative costs nothing for it.
template <Scalar S, class F, class... More>
double mean_of_points(ConstView<S> x, View<S> dx, const F& f, const More*... more) {
  const auto value_only = [f](S x_i, More... more_i) { return f(x_i, more_i...).value; };
  const auto both = [f, scale = per_sample(x)](S x_i, More... more_i) {
    const PointLoss<S> point = f(x_i, more_i...);
    return kernels::ValueAndTerm<S>{scale * point.derivative, point.value};
  };
  return mean_over_batch(x, [&](Index first, Index size) {
    if (wanted(dx))
      return kernels::map_and_sum(dx.data() + first, size, both, x.data() + first, (more + first)...);
    return kernels::sum_of_map<S>(size, value_only, x.data() + first, (more + first)...);
  });
}

}  // namespace eigenerate::detail
