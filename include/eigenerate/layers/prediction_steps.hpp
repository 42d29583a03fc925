#pragma once

#include <algorithm>
#include <cstddef>
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
  /// Takes a map of the outputs so far into the last step, or where it only moves them into one before
  /// elementwise ones; false where there is none that can.
  bool map_elements(const ElementMap& map);
  /// The same for an activation.
  bool activate(kernels::Activation activation) { return !empty() && steps_.back()->activate(activation); }

  /// The steps are complete: each prepares to run in passes like this one.
  void prepare(const Pass<S>& pass) {
    for (const auto& step : steps_) step->prepare(pass);
  }

  bool uses_condition() const;

  /// What `run` needs at `pass.scratch`: two intermediate results, which take turns, and a step's memory.
  Extent memory() const;

  /// Scalars of a sample of the largest intermediate result.
  Index largest() const;

  /// `y = f(x)` for `pass.batch` samples; x and y do not overlap.
  void run(const Pass<S>& pass, ConstView<S> x, View<S> y) const;

 private:
  /// The last step that writes elsewhere than it reads, or the first: it writes y, and those behind it
  /// work there.
  std::size_t writes_result() const;

  std::vector<std::unique_ptr<PredictionStep<S>>> steps_;
};

#if EIGENERATE_DEFINES(LAYERS)

template <Scalar S>
bool PredictionSteps<S>::uses_condition() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const auto& step) { return step->uses_condition(); });
}

template <Scalar S>
bool PredictionSteps<S>::map_elements(const ElementMap& map) {
  if (map.is_identity()) return true;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if ((*step)->map_outputs(map)) return true;
    if (!(map.only_moves() && (*step)->elementwise())) break;
  }
  return false;
}

template <Scalar S>
Extent PredictionSteps<S>::memory() const {
  Extent of_step;
  for (const auto& step : steps_) of_step = larger(of_step, step->memory());
  return Extent{largest(), 0} + Extent{largest(), 0} + of_step;
}

template <Scalar S>
Index PredictionSteps<S>::largest() const {
  Index size = 0;
  for (std::size_t i = 0; i < writes_result(); ++i) size = std::max(size, steps_[i]->output_size());
  return size;
}

template <Scalar S>
std::size_t PredictionSteps<S>::writes_result() const {
  std::size_t i = steps_.size();
  while (i > 1 && steps_[i - 1]->elementwise()) --i;
  return i > 0 ? i - 1 : 0;
}

template <Scalar S>
void PredictionSteps<S>::run(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
  if (empty()) return kernels::copy(y.data(), x.data(), y.size());
  const Index stride = largest() * pass.capacity;
  S *free = pass.scratch, *other = free + stride;
  Pass<S> of_step = pass;
  of_step.scratch = other + stride;
  const std::size_t result = writes_result();
  ConstView<S> in = x;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const PredictionStep<S>& step = *steps_[i];
    const bool in_place = i > 0 && step.elementwise();
    S* const out = i >= result ? y.data() : in_place ? other : free;
    const View<S> next(out, step.output_size(), pass.batch);
    step.run(of_step, in, next);
    in = next;
    if (!in_place) std::swap(free, other);
  }
}

EIGENERATE_INSTANTIATE_CLASS(PredictionSteps)

#endif

}  // namespace eigenerate
