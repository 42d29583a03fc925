#pragma once

#include <memory>
#include <utility>

#include "eigenerate/layers/detail/planned_step.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

namespace detail {

/// A layer as it is.
template <class L, Scalar S>
class LayerStep final : public PlannedStep<S> {
 public:
  LayerStep(L layer, const Pass<S>& pass) : PlannedStep<S>(pass), layer_(std::move(layer)) {}
  /// One without parameters and buffers of its own, which takes the place of the layer of that pass.
  LayerStep(L layer, LayerPlan plan, const Pass<S>& pass)
      : PlannedStep<S>(std::move(plan), pass), layer_(std::move(layer)) {}

  void run(const Pass<S>& pass, ConstView<S> x, View<S> y) const override {
    layer_.forward(PlannedStep<S>::layer_pass(pass), x, y);
  }

 private:
  L layer_;
};

}  // namespace detail

/// Adds what an evaluating pass of the layer does: the layer's own steps where it has some, else the layer as
/// it is. See the optional `add_steps` of `Layer`.
template <class L, Scalar S>
void add_steps_of(const L& layer, const Pass<S>& pass, PredictionSteps<S>& steps) {
  if constexpr (requires { layer.add_steps(pass, steps); })
    if (layer.add_steps(pass, steps)) return;
  steps.add(std::make_unique<detail::LayerStep<L, S>>(layer, pass));
}

}  // namespace eigenerate
