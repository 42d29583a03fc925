#pragma once

#include <string_view>
#include <utility>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/latent/detail/bent_normal.hpp"
#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// A normal posterior bent by any steps, one after another: `z₀ = µ + e^{v/2} ε`, `(z, l) = flow(z₀, 0)`.
///
/// A step is a layer on (z, l) that adds to l the log-determinant of what it does to z. It may read the
/// context, the last rows of the encoder's output, as its condition: an `InverseAutoregressiveStep` reads all
/// of it, a `PlanarStep` or `RadialStep` finds its parameters there from a row on; under `WithCondition` a
/// layer makes these of all of it.
///
///     // Two latent dimensions, a context of 16.
///     NormalizingFlow{Sequential{InverseAutoregressiveStep{2, 16, 32, false},
///                                WithCondition{Linear{16, PlanarStep::parameter_rows(2)}, PlanarStep{2}}},
///                     16}
///
/// **Shapes** h: (µ, v, context), 2·latent + context rows; z: latent × k·n.
/// **Errors** `ShapeError` for a flow that does not keep the shape of (z, l).
/// **Numerics** log q is known for what was drawn, and nowhere else; estimators that need it elsewhere are
/// refused.
/// **Source** Rezende & Mohamed 2015, section 3.
template <Layer L>
class NormalizingFlow {
 public:
  static constexpr std::string_view kind = "NormalizingFlow";

  explicit NormalizingFlow(L flow, Index context = 0, const DiagonalNormal& base = {})
      : flow_(std::move(flow)), context_(context), base_(base) {}

  void validate() const {
    base_.validate();
    if (context_ < 0 || context_ > max_factor)
      fail<ConfigError>("NormalizingFlow: expected a context in [0, {}], got {}", max_factor, context_);
  }

  Index parameter_rows(Index latent) const { return bent().parameter_rows(latent); }

  template <Scalar S>
  PartPlan<S> plan(Index latent) const {
    PartPlan<S> plan = bent().template plan<S>(AnyLayer<S>(flow_), latent);
    const Shape made = flow_.plan(plan.input, Place("posterior", plan.condition)).output;
    if (made != plan.input)
      fail<ShapeError>("NormalizingFlow: the flow makes {} of (z, l), which is {}; a step keeps its shape",
                       to_string(made), to_string(plan.input));
    return plan;
  }

  template <Scalar S>
  void sample(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, View<S> z,
              Numbers<S> log_q) const {
    bent().sample(pass, h, noise, z, log_q);
  }

  template <Scalar S>
  void backward(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, ConstView<S> dz,
                ConstNumbers<S> d_log_q, View<S> dh) const {
    bent().backward(pass, h, noise, dz, d_log_q, dh);
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    bent().center(pass, h, z);
  }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    return bent().clamped_share(h);
  }

 private:
  detail::BentNormal bent() const { return {base_, context_}; }

  L flow_;
  Index context_;
  DiagonalNormal base_;
};

}  // namespace eigenerate
