#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
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

  Index parameter_rows(Index latent) const { return 2 * latent + context; }

  template <Scalar S>
  PartPlan<S> plan(Index latent) const {
    std::vector<AnyLayer<S>> flow;
    for (Index i = 0; i < steps; ++i)
      flow.push_back(InverseAutoregressiveStep(latent, context, hidden, i % 2 == 1));
    return {.layer = AnySequential<S>(std::move(flow)),
            .input = Shape{2 * latent},
            .condition = Shape{context},
            .memory_per_input = 2 * parameter_rows(latent),  // (µ, v) and context, and the gradient of (µ, v)
            .memory_per_sample = 5 * latent};  // the flow's input, its gradient of the output, dz₀
  }

  template <Scalar S>
  void sample(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, View<S> z,
              Numbers<S> log_q) const {
    const ConstView<S> y = run(pass, h, noise, z);
    if (log_q.empty()) return;
    const Index latent = z.rows();
    base.log_density_of_sample(normal_part(pass, h, latent), noise, log_q);
    for (Index j = 0; j < z.cols(); ++j) log_q[static_cast<std::size_t>(j)] -= y.col(j).tail(latent).sum();
  }

  template <Scalar S>
  void backward(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, ConstView<S> dz,
                ConstNumbers<S> d_log_q, View<S> dh) const {
    const Index latent = dz.rows(), n = dz.cols();
    S* const memory = sample_memory(pass, latent);
    View<S> dy(memory + 2 * latent * pass.samples, 2 * latent, n),
        dz0(memory + 4 * latent * pass.samples, latent, n);
    for (Index j = 0; j < n; ++j) {
      std::copy_n(dz.col(j).data(), latent, dy.data() + j * 2 * latent);
      // log q falls by the sum of the logs of all gates.
      std::fill_n(dy.data() + j * 2 * latent + latent, latent,
                  d_log_q.empty() ? S(0) : -d_log_q[static_cast<std::size_t>(j)]);
    }
    const auto d = pass.own.network->backward(
        as_const(dy), *pass.own.workspace, {.parameters = pass.own.gradients, .x = true, .condition = true});
    for (Index j = 0; j < n; ++j) std::copy_n(d.x.col(j).data(), latent, dz0.data() + j * latent);
    const ConstView<S> normal = normal_part(pass, h, latent);
    View<S> d_normal(pass.memory + parameter_rows(latent) * pass.inputs, 2 * latent, h.cols());
    d_normal.setZero();
    if (!d_log_q.empty()) base.log_density_of_sample_backward(normal, noise, d_log_q, d_normal);
    base.reparameterize_backward(normal, noise, as_const(dz0), d_normal);
    for (Index j = 0; j < h.cols(); ++j) {
      dh.col(j).head(2 * latent) += d_normal.col(j);
      dh.col(j).tail(context) += d.condition.col(j);
    }
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    z.setZero();
    run(pass, h, as_const(z), z);
  }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    const Index latent = (h.rows() - context) / 2;
    const Matrix<S> normal = h.topRows(2 * latent);
    return base.clamped_share(as_const(normal));
  }

 private:
  template <Scalar S>
  S* sample_memory(const PartPass<S>& pass, Index latent) const {
    return pass.memory + 2 * parameter_rows(latent) * pass.inputs;
  }
  /// The parts of h, which `run` has copied.
  template <Scalar S>
  ConstView<S> normal_part(const PartPass<S>& pass, ConstView<S> h, Index latent) const {
    return {pass.memory, 2 * latent, h.cols()};
  }

  /// z₀ from the noise and the flow of it; z may be the noise's own memory.
  template <Scalar S>
  ConstView<S> run(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, View<S> z) const {
    const Index latent = z.rows(), n = z.cols();
    S* const normal = pass.memory;
    S* const seen = pass.memory + 2 * latent * pass.inputs;
    for (Index j = 0; j < h.cols(); ++j) {
      std::copy_n(h.col(j).data(), 2 * latent, normal + j * 2 * latent);
      std::copy_n(h.col(j).data() + 2 * latent, context, seen + j * context);
    }
    base.reparameterize(normal_part(pass, h, latent), noise, z);
    View<S> x(sample_memory(pass, latent), 2 * latent, n);
    for (Index j = 0; j < n; ++j) {
      std::copy_n(as_const(z).col(j).data(), latent, x.data() + j * 2 * latent);
      std::fill_n(x.data() + j * 2 * latent + latent, latent, S(0));
    }
    const ConstView<S> y = pass.own.forward(pass.how, as_const(x), ConstView<S>(seen, context, h.cols()));
    for (Index j = 0; j < n; ++j) std::copy_n(y.col(j).data(), latent, z.col(j).data());
    return y;
  }
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
