#pragma once

#include <limits>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/pooling_window.hpp"

namespace eigenerate {

/// The largest element of each window, channel by channel. Padding never wins; of equal elements the first
/// one does, row by row, and a NaN wins over every number, as in PyTorch.
///
/// **Shapes** and **Errors** as `PoolingWindow`; the stride is the kernel unless given.
/// **Backward** each dy goes to the element that won.
/// **Cost** kernel² comparisons for each output, in all passes; memory for the place of each winner.
struct MaxPool : LinearMap<MaxPool> {
  PoolingWindow window;

  explicit constexpr MaxPool(Index kernel) : MaxPool(kernel, kernel) {}
  constexpr MaxPool(Index kernel, Index stride, Index padding = 0) : window{kernel, stride, padding} {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for_each_cell(pass, [&](const PoolingWindow::Cell& cell, Index from, Index to, Index channels) {
      const S* candidate = x.data() + from;
      S *best = y.data() + to, *winner = pass.cache_slot(Cache::winner) + to;
      const S place = static_cast<S>(cell.place);
      for (Index c = 0; c < channels; ++c) {
        const bool wins = cell.first || candidate[c] > best[c] || candidate[c] != candidate[c];
        best[c] = kernels::select(wins, candidate[c], best[c]);
        winner[c] = kernels::select(wins, place, winner[c]);
      }
    });
  }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    y.setZero();
    for_each_cell(pass, [&](const PoolingWindow::Cell& cell, Index from, Index to, Index channels) {
      add_where_won(y.data() + to, x.data() + from, pass.cache_slot(Cache::winner) + to, cell.place,
                    channels);
    });
  }

  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    dx.setZero();
    for_each_cell(pass, [&](const PoolingWindow::Cell& cell, Index from, Index to, Index channels) {
      add_where_won(dx.data() + from, dy.data() + to, pass.cache_slot(Cache::winner) + to, cell.place,
                    channels);
    });
  }

 private:
  // In the shape of y: which place in its window won, as a scalar.
  struct Cache {
    enum : Index { winner };
  };

  /// Calls f(cell, offset in x, offset in y, channels) for all cells of all samples.
  template <Scalar S, class F>
  void for_each_cell(const Pass<S>& pass, const F& f) const {
    const Shape &in = pass.plan->input, &out = pass.plan->output;
    parallel_for(pass.batch, [&](Index b) {
      window.for_each_cell(in, [&](const PoolingWindow::Cell& cell) {
        f(cell, b * in.size() + cell.input * in.channels, b * out.size() + cell.output * in.channels,
          in.channels);
      });
    });
  }

  template <Scalar S>
  static void add_where_won(S* sum, const S* term, const S* winner, Index place, Index channels) {
    for (Index c = 0; c < channels; ++c)
      sum[c] += kernels::select(winner[c] == static_cast<S>(place), term[c], S(0));
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan MaxPool::plan(const Shape& input, const Place& place) const {
  LayerPlan plan = window.plan(input, place, "MaxPool");
  plan.cache.add({plan.output.size(), 0});
  return plan;
}

#endif

}  // namespace eigenerate
