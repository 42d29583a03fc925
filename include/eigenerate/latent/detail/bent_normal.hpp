#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/latent/part.hpp"

namespace eigenerate::detail {

/// What posteriors that bend a normal by a flow have in common: `z₀ = µ + e^{v/2} ε`, and `(z, l) = flow(z₀,
/// 0)`, with `log q(z|x) = log N(z₀; µ, eᵛ) − l`.
///
/// The flow is a network of its own with the context as its condition; its steps are layers on (z, l), where
/// l is the log-determinant so far.
///
/// **Shapes** h: (µ, v, context), 2·latent + context rows; z: latent × k·n.
struct BentNormal {
  const DiagonalNormal& base;
  Index context;

  Index parameter_rows(Index latent) const { return 2 * latent + context; }

  template <Scalar S>
  PartPlan<S> plan(AnyLayer<S> flow, Index latent) const {
    return {.layer = std::move(flow),
            .input = Shape{latent + 1},
            .condition = context > 0 ? std::optional(Shape{context}) : std::nullopt,
            .memory_per_input = 4 * latent + context,  // (µ, v) and context, and the gradient of (µ, v)
            .memory_per_sample = 3 * latent + 2};      // (z₀, 0), the gradient of (z, l), dz₀
  }

  template <Scalar S>
  void sample(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, View<S> z,
              Numbers<S> log_q) const {
    const Index latent = z.rows();
    const ConstView<S> y = run(pass, h, noise, z);
    if (log_q.empty()) return;
    base.log_density_of_sample(normal_part(pass, h, latent), noise, log_q);
    for (Index j = 0; j < z.cols(); ++j) log_q[static_cast<std::size_t>(j)] -= y(latent, j);
  }

  template <Scalar S>
  void backward(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, ConstView<S> dz,
                ConstNumbers<S> d_log_q, View<S> dh) const {
    const Index latent = dz.rows(), n = dz.cols();
    S* const memory = sample_memory(pass, latent);
    View<S> dy(memory + (latent + 1) * pass.samples, latent + 1, n),
        dz0(memory + 2 * (latent + 1) * pass.samples, latent, n);
    for (Index j = 0; j < n; ++j) {
      std::copy_n(dz.col(j).data(), latent, dy.col(j).data());
      dy(latent, j) = d_log_q.empty() ? S(0) : -d_log_q[static_cast<std::size_t>(j)];
    }
    const auto d =
        pass.own.network->backward(as_const(dy), *pass.own.workspace,
                                   {.parameters = pass.own.gradients, .x = true, .condition = context > 0});
    for (Index j = 0; j < n; ++j) std::copy_n(d.x.col(j).data(), latent, dz0.col(j).data());
    const ConstView<S> normal = normal_part(pass, h, latent);
    View<S> d_normal(pass.memory + (2 * latent + context) * pass.inputs, 2 * latent, h.cols());
    d_normal.setZero();
    if (!d_log_q.empty()) base.log_density_of_sample_backward(normal, noise, d_log_q, d_normal);
    base.reparameterize_backward(normal, noise, as_const(dz0), d_normal);
    for (Index j = 0; j < h.cols(); ++j) {
      dh.col(j).head(2 * latent) += d_normal.col(j);
      if (context > 0) dh.col(j).tail(context) += d.condition.col(j);
    }
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    z.setZero();
    run(pass, h, as_const(z), z);
  }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    const Matrix<S> normal = h.topRows(h.rows() - context);
    return base.clamped_share(as_const(normal));
  }

 private:
  template <Scalar S>
  S* sample_memory(const PartPass<S>& pass, Index latent) const {
    return pass.memory + (4 * latent + context) * pass.inputs;
  }

  /// The first part of h, which `run` has copied.
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
    View<S> x(sample_memory(pass, latent), latent + 1, n);
    for (Index j = 0; j < n; ++j) {
      std::copy_n(z.col(j).data(), latent, x.col(j).data());
      x(latent, j) = S(0);
    }
    ConstView<S> condition;
    if (context > 0) condition = ConstView<S>(seen, context, h.cols());
    const ConstView<S> y = pass.own.forward(pass.how, as_const(x), condition);
    for (Index j = 0; j < n; ++j) std::copy_n(y.col(j).data(), latent, z.col(j).data());
    return y;
  }
};

}  // namespace eigenerate::detail
