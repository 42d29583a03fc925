#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/latent/coupling_flow.hpp"
#include "eigenerate/latent/prior.hpp"

namespace eigenerate {

/// The prior that a flow makes of noise: `(ε, l) = flow(z, 0)`, `log p(z) = log N(ε; 0, 1) + l`.
///
/// The flow is a network of its own, named `prior`, of `CouplingStep`s. These are as cheap one way, which
/// densities take, as the other, which samples take; autoregressive steps are more flexible each, but would
/// need a pass through the network for every dimension of a sample.
///
/// **Cost** a pass through the flow for densities, as much backwards, twice where path and parameters have
/// different weights; a pass for samples.
/// **Errors** `ConfigError` for fewer than two latent dimensions.
/// **Source** Dinh, Sohl-Dickstein & Bengio 2017, eq. 2; as a prior: Chen et al. 2017 (Variational lossy
/// autoencoder), section 3.2, there autoregressive.
struct FlowPrior {
  static constexpr std::string_view kind = "FlowPrior";

  Index steps = 6;
  Index hidden = 64;  ///< units of each step's network

  void validate() const;

  template <Scalar S>
  PartPlan<S> plan(Index latent, const Network<S>&, const AnyPosterior<S>&) const {
    if (latent < 2)
      fail<ConfigError>("FlowPrior: needs at least two latent dimensions, of which some stay, got {}",
                        latent);
    const CouplingFlow flow(latent, hidden, steps);
    const LayerPlan plan = flow.plan(Shape{latent + 1}, Place("prior"));
    const Extent inverse = plan.cache.total() + plan.total_scratch();
    return {.layer = AnyLayer<S>(flow),
            .input = Shape{latent + 1},
            .memory_per_sample = 3 * latent + 2 + inverse.per_sample,
            .memory = inverse.fixed};
  }

  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    const Index latent = z.rows(), n = z.cols();
    View<S> x(pass.memory, latent + 1, n), noise(noise_memory(pass, latent), latent, n);
    for (Index j = 0; j < n; ++j) {
      std::copy_n(z.col(j).data(), latent, x.col(j).data());
      x(latent, j) = S(0);
    }
    const ConstView<S> y = pass.own.forward(pass.how, as_const(x));
    for (Index j = 0; j < n; ++j) std::copy_n(y.col(j).data(), latent, noise.col(j).data());
    standard_normal_log_probability(as_const(noise), out);
    for (Index j = 0; j < n; ++j) out[static_cast<std::size_t>(j)] += y(latent, j);
  }

  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    const Index latent = z.rows(), n = z.cols();
    const ConstView<S> noise(noise_memory(pass, latent), latent, n);
    View<S> dy(pass.memory + (2 * latent + 1) * pass.samples, latent + 1, n);
    const auto run = [&](ConstNumbers<S> weights, bool parameters, bool path) {
      for (Index j = 0; j < n; ++j) {
        const S w = weights[static_cast<std::size_t>(j)];
        for (Index i = 0; i < latent; ++i) dy(i, j) = -w * noise(i, j);
        dy(latent, j) = w;
      }
      const auto d =
          pass.own.network->backward(as_const(dy), *pass.own.workspace,
                                     {.parameters = parameters ? pass.own.gradients : nullptr, .x = path});
      if (path) dz += d.x.topRows(latent);
    };
    if (parameter_weights.data() == path_weights.data()) return run(path_weights, true, true);
    run(path_weights, false, true);
    run(parameter_weights, true, false);
  }

  template <Scalar S>
  void sample(const PriorPass<S>& pass, const RandomStream& random, View<S> z) const {
    fill_normal(z.data(), z.size(), random);
    const Network<S>& network = *pass.own.network;
    Pass<S> inverse;
    inverse.plan = &network.plan();
    inverse.batch = z.cols();
    inverse.capacity = pass.samples;
    inverse.precision = network.precision().value_or(matmul_precision());
    inverse.parameters = network.parameters(Mode::evaluate).data();
    inverse.cache = pass.memory + (3 * z.rows() + 2) * pass.samples;
    inverse.scratch = inverse.cache + inverse.plan->cache.total().scalars(pass.samples);
    CouplingFlow(z.rows(), hidden, steps).invert(inverse, z);
  }

 private:
  /// Behind (z, 0), of all that `log_probability` was given.
  template <Scalar S>
  static S* noise_memory(const PriorPass<S>& pass, Index latent) {
    return pass.memory + (latent + 1) * pass.samples;
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void FlowPrior::validate() const {
  if (steps < 1 || hidden < 1 || std::max(steps, hidden) > max_factor)
    fail<ConfigError>("FlowPrior: expected steps and hidden in [1, {}], got {} and {}", max_factor, steps,
                      hidden);
}

#endif

}  // namespace eigenerate
