#pragma once

#include <string>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/pooling_window.hpp"

namespace eigenerate {

/// The mean of each window. Padding counts as zeros, so every window divides by kernel² (PyTorch's default,
/// `count_include_pad`).
///
/// **Shapes** and **Errors** as `PoolingWindow`; the stride is the kernel unless given.
/// **Backward** `dx = Σ dy / kernel²` over the windows that contain the pixel.
/// **Cost** kernel² additions for each output.
struct AveragePool : LinearMap<AveragePool> {
  PoolingWindow window;

  explicit constexpr AveragePool(Index kernel) : AveragePool(kernel, kernel) {}
  constexpr AveragePool(Index kernel, Index stride, Index padding = 0) : window{kernel, stride, padding} {}

  LayerPlan plan(const Shape& input, const Place& place) const {
    return window.plan(input, place, "AveragePool");
  }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Index channels = pass.plan->input.channels;
    parallel_for(pass.batch, [&](Index b) {
      y.col(b).setZero();
      window.for_each_cell(pass.plan->input, [&](const PoolingWindow::Cell& cell) {
        y.col(b).segment(cell.output * channels, channels) +=
            x.col(b).segment(cell.input * channels, channels);
      });
      y.col(b) *= share<S>();
    });
  }

  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    const Index channels = pass.plan->input.channels;
    parallel_for(pass.batch, [&](Index b) {
      dx.col(b).setZero();
      window.for_each_cell(pass.plan->input, [&](const PoolingWindow::Cell& cell) {
        dx.col(b).segment(cell.input * channels, channels) +=
            share<S>() * dy.col(b).segment(cell.output * channels, channels);
      });
    });
  }

 private:
  template <Scalar S>
  S share() const {
    return S(1) / static_cast<S>(window.kernel * window.kernel);
  }
};

}  // namespace eigenerate
