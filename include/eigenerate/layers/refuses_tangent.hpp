#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/layers/pass.hpp"

namespace eigenerate {

/// Base of layers that have no tangent pass: whoever asks is told the path and the reason that the plan
/// gives.
///
/// Networks refuse earlier (`Network::require_tangent`); these two functions complete the contract of Layer.
struct RefusesTangent {
  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S>, View<S>) const {
    refuse(*pass.plan);
  }
  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S>, ConstView<S>,
                        ConstView<S>, ConstView<S>, View<S>, View<S>) const {
    refuse(*pass.plan);
  }

  [[noreturn]] static void refuse(const LayerPlan& plan);
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE void RefusesTangent::refuse(const LayerPlan& plan) {
  fail<ConfigError>("{} ({}): has no tangent pass, so no gradient penalty can reach through it: it {}",
                    plan.path, plan.kind, plan.refuses_tangent);
}

#endif

}  // namespace eigenerate
