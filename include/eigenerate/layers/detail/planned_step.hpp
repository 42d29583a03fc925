#pragma once

#include <algorithm>
#include <utility>

#include "eigenerate/core/memory.hpp"
#include "eigenerate/layers/prediction_step.hpp"

namespace eigenerate::detail {

/// A step with the plan of a layer, and a copy of its block of parameters and of buffers.
template <Scalar S>
class PlannedStep : public PredictionStep<S> {
 public:
  Index output_size() const override { return plan_.output.size(); }
  Extent memory() const override { return plan_.cache.total() + plan_.total_scratch(); }
  bool uses_condition() const override { return plan_.uses_condition; }
  bool elementwise() const override { return plan_.elementwise; }

 protected:
  explicit PlannedStep(const Pass<S>& pass) : PlannedStep(*pass.plan, pass) {}
  PlannedStep(LayerPlan plan, const Pass<S>& pass)
      : plan_(std::move(plan)), parameters_(plan_.parameter_size), buffers_(plan_.buffer_size) {
    std::copy_n(pass.parameters, parameters_.size(), parameters_.data());
    std::copy_n(pass.buffers, buffers_.size(), buffers_.data());
  }

  /// The layer's pass.
  Pass<S> layer_pass(const Pass<S>& pass) const {
    Pass<S> p = pass;
    p.plan = &plan_;
    p.parameters = parameters_.data();
    p.buffers = buffers_.data();
    p.cache = pass.scratch;
    p.scratch = pass.scratch + plan_.cache.total().scalars(pass.capacity);
    return p;
  }

  LayerPlan plan_;
  AlignedArray<S> parameters_, buffers_;
};

}  // namespace eigenerate::detail
