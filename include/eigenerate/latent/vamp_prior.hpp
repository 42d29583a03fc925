#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/prior.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate {

/// The variational mixture of posteriors: `p(z) = 1/K Σ_k q(z|u_k)`, the posteriors of K pseudo-inputs that
/// are learned.
///
/// The layer makes the pseudo-inputs from the K unit vectors: `VampPrior{Sequential{Linear{50, 784},
/// Sigmoid{}}}` has 50 of them in [0, 1]. It becomes a network of its own, named `prior`; the encoder is
/// borrowed, and the prior's gradient reaches its parameters too.
///
/// Pseudo-inputs that begin alike, as gray images do, are one normal until they have learned to differ. Let
/// them begin as samples: write those into the layer's parameters, as `examples/support/vae_recipe.hpp` does
/// with logits of images, which gains two nats on digits after ten epochs.
///
/// **Cost** a pass of K pseudo-inputs through the encoder each way, and K densities for each latent vector.
/// **Errors** `ConfigError` for an encoder that takes labels (a pseudo-input has none), and for a posterior
/// without a density at any z. `ShapeError` where the layer does not make inputs of the encoder.
/// **Source** Tomczak & Welling 2018, eq. 9.
template <Layer L>
class VampPrior {
 public:
  static constexpr std::string_view kind = "VampPrior";

  explicit VampPrior(L pseudo_inputs) : layer_(std::move(pseudo_inputs)) {
    if (!layer_.input_shape() || !layer_.input_shape()->is_vector())
      fail<ConfigError>(
          "VampPrior: the layer must begin with a vector of as many numbers as there are pseudo-inputs "
          "(Linear{{50, 784}})");
  }

  Index components() const { return layer_.input_shape()->size(); }

  template <Scalar S>
  PartPlan<S> plan(Index latent, const Network<S>& encoder, const AnyPosterior<S>& posterior) const {
    posterior.require_density(kind);
    if (encoder.plan().condition)
      fail<ConfigError>("VampPrior: the encoder takes a condition, and pseudo-inputs have none");
    if (posterior.plan(latent).layer)
      fail<ConfigError>("VampPrior: cannot be made of {}, which has a network of its own", posterior.kind());
    const Index k = components(), rows = posterior.parameter_rows(latent);
    const Shape made = layer_.plan(Shape{k}, Place("prior")).output;
    if (made.size() != encoder.input_shape().size())
      fail<ShapeError>(
          "VampPrior: the layer makes pseudo-inputs of {} values (shape {}), the encoder takes {} (shape {})",
          made.size(), to_string(made), encoder.input_shape().size(), to_string(encoder.input_shape()));
    return {.layer = AnyLayer<S>(layer_),
            .input = Shape{k},
            .columns = {0, k},
            .encoder_columns = k,
            .memory_per_sample = per_sample(rows, latent),
            .memory = k * k + 2 * rows * k};
  }

  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    const ConstView<S> h = encode(pass, z.rows());
    const Index n = z.cols(), k = components();
    S* const log_q = pass.memory;
    for (Index c = 0; c < k; ++c) pass.posterior->log_density(column(h, c), z, numbers(log_q + c * n, n));
    S* const log_sum = log_q + k * pass.samples;
    for (Index j = 0; j < n; ++j) {
      LogMeanExp mean;
      for (Index c = 0; c < k; ++c) mean.add(static_cast<double>(log_q[c * n + j]));
      out[static_cast<std::size_t>(j)] = static_cast<S>(mean.value());
      log_sum[j] = static_cast<S>(mean.log_sum());
    }
  }

  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    const Index n = z.cols(), k = components();
    const S* const log_q = pass.memory;
    const S* const log_sum = log_q + k * pass.samples;
    S* const weights = pass.memory + (k + 1) * pass.samples;
    const Index rows = pass.encoder.network->output_shape().size();
    S* const fixed = fixed_memory(pass, z.rows());
    const ConstView<S> h(fixed + k * k, rows, k);
    View<S> dh(fixed + k * k + rows * k, rows, k);
    for (Index c = 0; c < k; ++c) {
      const auto weigh = [&](ConstNumbers<S> by) {
        for (Index j = 0; j < n; ++j)
          weights[j] = by[static_cast<std::size_t>(j)] * std::exp(log_q[c * n + j] - log_sum[j]);
        return numbers(static_cast<const S*>(weights), n);
      };
      pass.posterior->log_density_backward(column(h, c), z, weigh(path_weights), dz, unwanted<S>());
      pass.posterior->log_density_backward(column(h, c), z, weigh(parameter_weights), unwanted<S>(),
                                           View<S>(dh.data() + c * h.rows(), h.rows(), 1));
    }
    const ConstView<S> du = pass.encoder.network
                                ->backward(as_const(dh), *pass.encoder.workspace,
                                           {.parameters = pass.encoder.gradients, .x = true})
                                .x;
    pass.own.network->backward(du, *pass.own.workspace, {.parameters = pass.own.gradients});
  }

  template <Scalar S>
  void sample(const PriorPass<S>& pass, const RandomStream& random, View<S> z) const {
    const ConstView<S> h = encode(pass, z.rows());
    const Index n = z.cols(), k = components();
    View<S> drawn(pass.memory + (k + 2) * pass.samples, h.rows(), n);
    View<S> noise(drawn.data() + h.rows() * pass.samples, z.rows(), n);
    for (Index j = 0; j < n; ++j) {
      const auto c = static_cast<Index>(
          uniform_below(static_cast<std::uint64_t>(k), random.lane(1), static_cast<std::uint64_t>(j)));
      std::copy_n(h.col(c).data(), h.rows(), drawn.data() + j * h.rows());
    }
    fill_normal(noise.data(), noise.size(), random.lane(0));
    pass.posterior->sample({}, as_const(drawn), as_const(noise), z, {});
  }

 private:
  template <Scalar S>
  static ConstView<S> column(ConstView<S> h, Index c) {
    return {h.data() + c * h.rows(), h.rows(), 1};
  }
  /// For each latent vector: log q(z|u_k), their log-sum, a weight; when drawn, its component's parameters
  /// and noise.
  Index per_sample(Index rows, Index latent) const { return components() + 2 + rows + latent; }
  /// The unit vectors, the encoder's outputs for the pseudo-inputs, and the gradient of these.
  template <Scalar S>
  S* fixed_memory(const PriorPass<S>& pass, Index latent) const {
    return pass.memory + per_sample(pass.encoder.network->output_shape().size(), latent) * pass.samples;
  }
  /// The encoder's outputs for the pseudo-inputs, kept for the backward.
  template <Scalar S>
  ConstView<S> encode(const PriorPass<S>& pass, Index latent) const {
    const Index k = components();
    S* const fixed = fixed_memory(pass, latent);
    View<S> unit(fixed, k, k);
    unit.setIdentity();
    const ConstView<S> h = pass.encoder.forward(pass.how, pass.own.forward(pass.how, as_const(unit)));
    std::copy_n(h.data(), h.size(), fixed + k * k);
    return {fixed + k * k, h.rows(), k};
  }

  L layer_;
};

}  // namespace eigenerate
