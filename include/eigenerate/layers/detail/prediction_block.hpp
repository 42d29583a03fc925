#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "eigenerate/layers/detail/layer_step.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"

namespace eigenerate::detail {

/// The prediction of an inner layer as a layer: with it in place of the inner one, a composite predicts by
/// the `forward` that it has. Only that is ever called.
template <Scalar S>
class PredictionBlock : public RefusesTangent {
 public:
  template <class L>
  PredictionBlock(const L& layer, const Pass<S>& pass) : plan_(*pass.plan) {
    auto steps = std::make_shared<PredictionSteps<S>>();
    add_steps_of(layer, pass, *steps);
    steps->prepare(pass);
    steps_ = std::move(steps);
  }

  std::optional<Shape> input_shape() const { return plan_.input; }
  bool takes_condition() const { return steps_->uses_condition(); }

  LayerPlan plan(const Shape&, const Place& place) const {
    LayerPlan plan(place, plan_.kind, plan_.input, plan_.output);
    plan.scratch.add(steps_->memory());
    plan.uses_condition = takes_condition();
    plan.is_identity = steps_->empty();
    return plan;
  }

  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    Pass<S> p = pass;
    p.scratch = pass.scratch_slot(Scratch::memory);
    steps_->run(p, x, y);
  }

  void backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S>, View<S>) const {
    fail<StateError>("{} ({}): a prediction has no backward pass", pass.plan->path, pass.plan->kind);
  }

 private:
  // What the steps need.
  struct Scratch {
    enum : Index { memory };
  };

  LayerPlan plan_;
  std::shared_ptr<const PredictionSteps<S>> steps_;
};

/// Adds a composite of such blocks in place of the layer of that pass; it has no parameters of its own.
template <class L, Scalar S>
void add_composite(L composite, const Pass<S>& pass, PredictionSteps<S>& steps) {
  LayerPlan plan = composite.plan(pass.plan->input, Place(pass.plan->path, pass.plan->condition));
  steps.add(std::make_unique<LayerStep<L, S>>(std::move(composite), std::move(plan), pass));
}

}  // namespace eigenerate::detail
