#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// The input itself, `y = x`: a branch of a `Concat`, which makes no copy of it.
///
/// **Shapes** y: as x, any shape.
/// **Backward** `dx = dy`; tangent `ty = tx`.
/// **Cost** a copy where it stands elsewhere.
struct Identity : LinearMap<Identity> {
  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>&, ConstView<S> x, View<S> y) const {
    kernels::copy(y.data(), x.data(), x.size());
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>&, ConstView<S> dy, View<S> dx) const {
    kernels::copy(dx.data(), dy.data(), dy.size());
  }

  /// None.
  template <Scalar S>
  static bool add_steps(const Pass<S>&, PredictionSteps<S>&) {
    return true;
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Identity::plan(const Shape& input, const Place& place) const {
  LayerPlan plan(place, "Identity", input, input);
  plan.moves_values = true;
  plan.is_identity = true;
  return plan;
}

#endif

}  // namespace eigenerate
