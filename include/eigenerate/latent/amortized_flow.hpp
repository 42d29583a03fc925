#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/latent/detail/bent_normal.hpp"
#include "eigenerate/latent/posterior.hpp"
#include "eigenerate/layers/any_sequential.hpp"

namespace eigenerate {

/// A normal posterior bent by a flow whose parameters the encoder puts out, anew for every sample: `z₀ = µ +
/// e^{v/2} ε`, then `steps` times the step. The flow has no parameters of its own. `PlanarFlow` and
/// `RadialFlow` are such ones.
///
/// **Shapes** h: (µ, v, the parameters of each step), 2·latent + steps · Step::parameter_rows(latent) rows;
/// z: latent × k·n.
/// **Cost** some passes over memory for each step; the encoder's last layer is that much wider.
/// **Numerics** log q is known for what was drawn. Elsewhere the steps would have to be inverted, so this
/// posterior has no density there, and estimators that need one are refused.
/// **Source** Rezende & Mohamed 2015, sections 3 and 4.2.
template <class Step>
struct AmortizedFlow {
  static constexpr std::string_view kind = Step::flow_kind;

  Index steps = 8;
  DiagonalNormal base = {};

  void validate() const {
    base.validate();
    if (steps < 1 || steps > max_factor)
      fail<ConfigError>("{}: expected steps in [1, {}], got {}", kind, max_factor, steps);
  }

  Index parameter_rows(Index latent) const { return bent(latent).parameter_rows(latent); }

  template <Scalar S>
  PartPlan<S> plan(Index latent) const {
    std::vector<AnyLayer<S>> flow;
    for (Index i = 0; i < steps; ++i) flow.push_back(Step(latent, i * Step::parameter_rows(latent)));
    return bent(latent).template plan<S>(AnySequential<S>(std::move(flow)), latent);
  }

  template <Scalar S>
  void sample(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, View<S> z,
              Numbers<S> log_q) const {
    bent(z.rows()).sample(pass, h, noise, z, log_q);
  }

  template <Scalar S>
  void backward(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, ConstView<S> dz,
                ConstNumbers<S> d_log_q, View<S> dh) const {
    bent(dz.rows()).backward(pass, h, noise, dz, d_log_q, dh);
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    bent(z.rows()).center(pass, h, z);
  }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    Index latent = 1;
    while (parameter_rows(latent) < h.rows()) ++latent;
    return bent(latent).clamped_share(h);
  }

 private:
  detail::BentNormal bent(Index latent) const {
    return {base, capped_product(steps, Step::parameter_rows(latent))};
  }
};

}  // namespace eigenerate
