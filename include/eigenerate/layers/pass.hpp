#pragma once

#include "eigenerate/core/precision.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/weight_precision.hpp"
#include "eigenerate/layers/plan.hpp"

namespace eigenerate {

/// Everything that one layer may touch during one pass: pointers to its own block in each arena.
///
/// | member | forward | backward | tangent | tangent_backward |
/// |---|---|---|---|---|
/// | parameters | reads | reads | reads | reads |
/// | condition | reads | reads | reads | reads |
/// | d_condition | | adds, or null | | adds, or null |
/// | buffers | reads | | | |
/// | buffer_updates | writes, or null | | | |
/// | cache | writes | reads | reads | reads |
/// | tangents | | | writes | reads |
/// | scratch | free | free | free | free |
/// | gradients | | adds, or null | | adds, or null |
template <Scalar S>
struct Pass {
  const LayerPlan* plan = nullptr;
  Index batch = 0;     ///< samples in this pass
  Index capacity = 0;  ///< samples that the workspace was made for; slots are laid out for it
  Mode mode = Mode::evaluate;
  MatmulPrecision precision = MatmulPrecision::highest;
  WeightPrecision weights = WeightPrecision::full;  ///< of the steps that a prediction is made of
  RandomStream random;
  /// For layers that apply activations. Forward: what the layer after this one would do, and need not any
  /// more. Backward: the function that x is the value of; its derivative is a factor of dx.
  kernels::Activation activation;
  double progress = 0;  ///< share of the training that is over, in [0, 1]
  /// One column for `batch / condition.cols()` samples.
  ConstView<S> condition = ConstView<S>(nullptr, 0, 0);
  const S* parameters = nullptr;
  const S* buffers = nullptr;
  S* buffer_updates = nullptr;
  S* cache = nullptr;
  S* tangents = nullptr;
  S* scratch = nullptr;
  S* gradients = nullptr;
  S* d_condition = nullptr;  ///< in the shape of the condition

  const S* parameter(Index i) const { return parameters + segment(plan->parameters, i).offset; }
  const S* buffer(Index i) const { return buffers + segment(plan->buffers, i).offset; }
  S* buffer_update(Index i) const { return buffer_updates + segment(plan->buffers, i).offset; }
  S* gradient(Index i) const { return gradients + segment(plan->parameters, i).offset; }
  bool wants_gradients() const { return gradients != nullptr; }

  S* cache_slot(Index i) const { return cache + plan->cache.offset(i).scalars(capacity); }
  S* tangent_slot(Index i) const { return tangents + plan->tangents.offset(i).scalars(capacity); }
  S* scratch_slot(Index i) const { return scratch + plan->scratch.offset(i).scalars(capacity); }

  /// A view of `rows` × batch over one of the slots.
  View<S> matrix(S* slot, Index rows) const { return View<S>(slot, rows, batch); }

  /// The column of the condition that belongs to sample `j`.
  Index condition_of(Index j) const { return j / (batch / condition.cols()); }
  View<S> condition_gradient() const { return View<S>(d_condition, condition.rows(), condition.cols()); }

  /// The random numbers of this layer: its own lane of the pass's stream.
  RandomStream layer_random() const { return random.lane(static_cast<std::uint64_t>(plan->id)); }

  /// Whether a backward pass of inner layer `i` is needed for its own sake, the gradient of its input aside:
  /// for its parameters or for the condition.
  bool child_has_gradients(Index i) const {
    const LayerPlan& inner = plan->children[static_cast<std::size_t>(i)];
    return (gradients != nullptr && inner.parameter_size > 0) ||
           (d_condition != nullptr && inner.uses_condition);
  }

  /// The pass of inner layer `i`.
  Pass child(Index i) const {
    const LayerPlan& inner = plan->children[static_cast<std::size_t>(i)];
    Pass p = *this;
    p.plan = &inner;
    p.activation = {};
    p.parameters += inner.parameter_offset;
    p.buffers += inner.buffer_offset;
    p.cache += inner.cache_offset.scalars(capacity);
    p.scratch += plan->scratch.total().scalars(capacity);
    if (p.buffer_updates) p.buffer_updates += inner.buffer_offset;
    if (p.tangents) p.tangents += inner.tangent_offset.scalars(capacity);
    if (p.gradients) p.gradients += inner.parameter_offset;
    return p;
  }

 private:
  static const Segment& segment(const std::vector<Segment>& list, Index i) {
    return list[static_cast<std::size_t>(i)];
  }
};

}  // namespace eigenerate
