#pragma once

#include <algorithm>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/detail/bent_normal.hpp"
#include "eigenerate/latent/inverse_autoregressive_step.hpp"
#include "eigenerate/latent/posterior.hpp"
#include "eigenerate/layers/any_sequential.hpp"

namespace eigenerate {

/// A normal posterior bent by an inverse autoregressive flow: `z₀ = µ + e^{v/2} ε`, then `steps` times
/// `InverseAutoregressiveStep`, each in the other order than the one before.
///
/// The flow is a network of its own, named `posterior`, with the context as its condition.
///
/// **Shapes** h: (µ, v, context), 2·latent + context rows; z: latent × k·n.
/// **Numerics** `log q(z|x) = log N(z₀; µ, eᵛ) − Σ log σ`, known for what was drawn. Elsewhere it would take
/// a pass for every dimension, so this posterior has no density there, and estimators that need one are
/// refused.
/// **Source** Kingma et al. 2016, algorithm 1.
struct InverseAutoregressiveFlow {
  static constexpr std::string_view kind = "InverseAutoregressiveFlow";

  Index steps = 2;
  Index hidden = 64;   ///< units of each step's network
  Index context = 16;  ///< numbers of the encoder's output that every step sees
  DiagonalNormal base = {};

  void validate() const;

  Index parameter_rows(Index latent) const { return bent().parameter_rows(latent); }

  template <Scalar S>
  PartPlan<S> plan(Index latent) const {
    std::vector<AnyLayer<S>> flow;
    for (Index i = 0; i < steps; ++i)
      flow.push_back(InverseAutoregressiveStep(latent, context, hidden, i % 2 == 1));
    return bent().template plan<S>(AnySequential<S>(std::move(flow)), latent);
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
  detail::BentNormal bent() const { return {base, context}; }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void InverseAutoregressiveFlow::validate() const {
  base.validate();
  if (steps < 1 || hidden < 1 || context < 1 || std::max({steps, hidden, context}) > max_factor)
    fail<ConfigError>(
        "InverseAutoregressiveFlow: expected steps, hidden and context in [1, {}], got {}, {} and {}",
        max_factor, steps, hidden, context);
}

#endif

}  // namespace eigenerate
