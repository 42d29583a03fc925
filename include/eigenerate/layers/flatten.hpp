#pragma once

#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/pytorch_order.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// An image as a vector in PyTorch's order (channel, row, column), so that the weights of a Linear behind it
/// are PyTorch's.
///
/// **Shapes** x: C×H×W, y: C·H·W.
/// **Backward** `dx` is dy in the shape of x.
/// **Cost** a transposition of each sample, because images are channel-last in memory; a copy where C or H·W
/// is 1.
struct Flatten : LinearMap<Flatten> {
  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    detail::to_pytorch_order(y.data(), x.data(), pass.plan->input, pass.batch);
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    detail::from_pytorch_order(dx.data(), dy.data(), pass.plan->input, pass.batch);
  }

  template <Scalar S>
  static bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) {
    return steps.map_elements(detail::reordering(pass.plan->output, pass.plan->input));
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Flatten::plan(const Shape& input, const Place& place) const {
  LayerPlan plan(place, "Flatten", input, {input.size()});
  plan.moves_values = true;
  return plan;
}

#endif

}  // namespace eigenerate
