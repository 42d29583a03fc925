#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "eigenerate/core/random.hpp"
#include "eigenerate/distributions/detail/to_shares.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/prior.hpp"

namespace eigenerate {

/// The variational mixture of posteriors: `p(z) = 1/K Σ_k q(z|u_k)`, the posteriors of K pseudo-inputs that
/// are learned.
///
/// The layer makes the pseudo-inputs from the K unit vectors: `VampPrior{Sequential{Linear{50, 784},
/// Sigmoid{}}}` has 50 of them in [0, 1]. It becomes a network of its own, named `prior`; the encoder is
/// borrowed, and the prior's gradient reaches its parameters too.
///
/// Pseudo-inputs that begin alike, as gray images do, are one normal until they have learned to differ. Let
/// them begin as samples, by `begin_pseudo_inputs(model, samples)` of `models/begin_pseudo_inputs.hpp`, which
/// gains two nats on digits after ten epochs.
///
/// **Cost** a pass of K pseudo-inputs through the encoder each way, and K densities for each latent vector,
/// see `NormalComponents`.
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
            .memory_per_sample = per_sample(posterior, rows, latent),
            .memory = k * k + 2 * rows * k + posterior.component_memory(latent, k)};
  }

  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    const ConstView<S> h = encode(pass, z.rows());
    const View<S> shares = shares_of(pass, z.cols());
    pass.posterior->log_components(h, z, component_memory(pass, z.rows()), shares);
    detail::columns_to_shares<S>(shares, components(), out);
    for (S& log_p : out) log_p -= static_cast<S>(std::log(static_cast<double>(components())));
  }

  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    const Index k = components(), rows = pass.encoder.network->output_shape().size();
    const ConstView<S> shares = as_const(shares_of(pass, z.cols()));
    S* const fixed = fixed_memory(pass, z.rows());
    const ConstView<S> h(fixed + k * k, rows, k);
    const View<S> dh(fixed + k * k + rows * k, rows, k);
    S* const memory = component_memory(pass, z.rows());
    pass.posterior->log_components_backward(h, z, shares, path_weights, memory, dz, unwanted<S>());
    pass.posterior->log_components_backward(h, z, shares, parameter_weights, memory, unwanted<S>(), dh);
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
    View<S> drawn(pass.memory + pass.posterior->component_rows(k) * pass.samples, h.rows(), n);
    View<S> noise(drawn.data() + h.rows() * pass.samples, z.rows(), n);
    for (Index j = 0; j < n; ++j) {
      const auto c = static_cast<Index>(
          uniform_below(static_cast<std::uint64_t>(k), random.lane(2), static_cast<std::uint64_t>(j)));
      std::copy_n(h.col(c).data(), h.rows(), drawn.data() + j * h.rows());
    }
    fill_normal(noise.data(), noise.size(), random.lane(0));
    pass.posterior->sample({}, as_const(drawn), as_const(noise), z, {});
  }

 private:
  /// For each latent vector: the shares of log q(z|u_k) in their sum; when drawn, its component's parameters
  /// and noise.
  template <Scalar S>
  Index per_sample(const AnyPosterior<S>& posterior, Index rows, Index latent) const {
    return posterior.component_rows(components()) + rows + latent;
  }
  template <Scalar S>
  View<S> shares_of(const PriorPass<S>& pass, Index n) const {
    return {pass.memory, pass.posterior->component_rows(components()), n};
  }
  /// The unit vectors, the encoder's outputs for the pseudo-inputs, the gradient of these, and what their
  /// densities need.
  template <Scalar S>
  S* fixed_memory(const PriorPass<S>& pass, Index latent) const {
    const Index rows = pass.encoder.network->output_shape().size();
    return pass.memory + per_sample(*pass.posterior, rows, latent) * pass.samples;
  }
  template <Scalar S>
  S* component_memory(const PriorPass<S>& pass, Index latent) const {
    const Index k = components(), rows = pass.encoder.network->output_shape().size();
    return fixed_memory(pass, latent) + k * k + 2 * rows * k;
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
