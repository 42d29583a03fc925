#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/prediction_step.hpp"

namespace eigenerate {

/// The steps of a prediction, one after another, as the layers of a network add them: see the optional
/// `add_steps` of `Layer`.
///
/// They hold copies of all that they need of the network. Running them is constant, so that several threads
/// may do so, each with its own memory.
template <Scalar S>
class PredictionSteps {
 public:
  bool empty() const { return steps_.empty(); }
  Index size() const { return static_cast<Index>(steps_.size()); }

  void add(std::unique_ptr<PredictionStep<S>> step) { steps_.push_back(std::move(step)); }
  /// Takes a map of the outputs so far into the last step; false where there is none that can.
  bool map_elements(const ElementMap& map) {
    return map.is_identity() || (!empty() && steps_.back()->map_outputs(map));
  }
  /// The same for an activation.
  bool activate(kernels::Activation activation) { return !empty() && steps_.back()->activate(activation); }

  bool uses_condition() const;

  /// What `run` needs at `pass.scratch`: two intermediate results, which take turns, and a step's memory.
  Extent memory() const;

  /// `y = f(x)` for `pass.batch` samples; x and y do not overlap.
  void run(const Pass<S>& pass, ConstView<S> x, View<S> y) const;

 private:
  /// Of the largest intermediate result.
  Extent intermediate() const;

  std::vector<std::unique_ptr<PredictionStep<S>>> steps_;
};

#if EIGENERATE_DEFINES(LAYERS)

template <Scalar S>
bool PredictionSteps<S>::uses_condition() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const auto& step) { return step->uses_condition(); });
}

template <Scalar S>
Extent PredictionSteps<S>::memory() const {
  Extent of_step;
  for (const auto& step : steps_) of_step = larger(of_step, step->memory());
  return intermediate() + intermediate() + of_step;
}

template <Scalar S>
Extent PredictionSteps<S>::intermediate() const {
  Index largest = 0;
  for (const auto& step : steps_)
    if (step != steps_.back()) largest = std::max(largest, step->output_size());
  return {largest, 0};
}

template <Scalar S>
void PredictionSteps<S>::run(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
  if (empty()) return kernels::copy(y.data(), x.data(), y.size());
  const Index stride = intermediate().scalars(pass.capacity);
  S *next = pass.scratch, *other = next + stride;
  Pass<S> of_step = pass;
  of_step.scratch = other + stride;
  ConstView<S> in = x;
  for (const auto& step : steps_) {
    if (step == steps_.back()) return step->run(of_step, in, y);
    const View<S> out(next, step->output_size(), pass.batch);
    step->run(of_step, in, out);
    in = out;
    std::swap(next, other);
  }
}

EIGENERATE_INSTANTIATE_CLASS(PredictionSteps)

#endif

}  // namespace eigenerate
