#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/latent/detail/mixture_parameters.hpp"
#include "eigenerate/latent/prior.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate {

/// A mixture of normals whose means, log-variances and weights are learned: `p(z) = Σ_k π_k N(z; µ_k,
/// e^{v_k})` with `π = softmax(logits)`.
///
/// They are the parameters of a network of its own, named `prior`.
///
/// **Backward** with the shares `r_k = π_k N_k(z) / p(z)`: the gradient of each log N_k times r_k, and `r_k −
/// π_k` for its logit.
/// **Cost** K densities for each latent vector, each way.
/// **Init** means uniform with variance 1, variances 1, equal weights.
/// **Numerics** log-variances are clamped as `normal` says.
/// **Source** Dilokthanakul et al. 2016, section 2 (there under a network); as the baseline of Tomczak &
/// Welling 2018, eq. 7.
struct MixturePrior {
  static constexpr std::string_view kind = "MixturePrior";

  Index components = 10;
  DiagonalNormal normal = {};

  void validate() const;

  template <Scalar S>
  PartPlan<S> plan(Index latent, const Network<S>&, const AnyPosterior<S>&) const {
    return {.layer = AnyLayer<S>(detail::MixtureParameters(components, latent)),
            .input = Shape{1},
            .columns = {0, 1},
            .memory_per_sample = components + 2,  // log π_k N_k(z), log p(z), and a weight
            .memory = 1 + 2 * outputs(latent)};   // an input, the parameters and their gradient
  }

  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    const Index n = z.cols();
    const S* const parameters = load(pass, z.rows());
    const S* const log_weight = parameters + 2 * z.rows() * components;
    S *const log_joint = pass.memory, *const log_p = log_joint + components * pass.samples;
    for (Index k = 0; k < components; ++k) {
      normal.log_probability(z, component(parameters, k, z.rows()), numbers(log_joint + k * n, n));
      for (Index j = 0; j < n; ++j) log_joint[k * n + j] += log_weight[k];
    }
    for (Index j = 0; j < n; ++j) {
      LogMeanExp sum;
      for (Index k = 0; k < components; ++k) sum.add(static_cast<double>(log_joint[k * n + j]));
      out[static_cast<std::size_t>(j)] = log_p[j] = static_cast<S>(sum.log_sum());
    }
  }

  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    const Index n = z.cols(), latent = z.rows();
    const S *const log_joint = pass.memory, *const log_p = log_joint + components * pass.samples;
    S* const weights = pass.memory + (components + 1) * pass.samples;
    const S* const parameters = fixed_memory(pass) + 1;
    const S* const log_weight = parameters + 2 * latent * components;
    S* const d_parameters = fixed_memory(pass) + 1 + outputs(latent);
    S* const d_logit = d_parameters + 2 * latent * components;
    double total = 0;
    for (const S w : parameter_weights) total += static_cast<double>(w);
    for (Index k = 0; k < components; ++k) {
      const auto shares = [&](ConstNumbers<S> by) {
        for (Index j = 0; j < n; ++j)
          weights[j] = by[static_cast<std::size_t>(j)] * std::exp(log_joint[k * n + j] - log_p[j]);
        return numbers(static_cast<const S*>(weights), n);
      };
      const ConstView<S> of_k = component(parameters, k, latent);
      normal.log_probability_backward_to_x(z, of_k, shares(path_weights), dz);
      normal.log_probability_backward(z, of_k, shares(parameter_weights),
                                      View<S>(d_parameters + 2 * latent * k, 2 * latent, 1));
      double share = 0;
      for (Index j = 0; j < n; ++j) share += static_cast<double>(weights[j]);
      d_logit[k] = static_cast<S>(share - std::exp(static_cast<double>(log_weight[k])) * total);
    }
    pass.own.network->backward(ConstView<S>(d_parameters, outputs(latent), 1), *pass.own.workspace,
                               {.parameters = pass.own.gradients});
  }

  template <Scalar S>
  void sample(const PriorPass<S>& pass, const RandomStream& random, View<S> z) const {
    const Index latent = z.rows();
    const S* const parameters = load(pass, latent);
    const S* const log_weight = parameters + 2 * latent * components;
    fill_normal(z.data(), z.size(), random.lane(0));
    for (Index j = 0; j < z.cols(); ++j) {
      // The first component up to which the weights exceed a uniform number.
      double rest = to_unit_interval<double>(random.lane(1).words(static_cast<std::uint64_t>(j))[0]);
      Index k = 0;
      while (k + 1 < components && (rest -= std::exp(static_cast<double>(log_weight[k]))) > 0) ++k;
      View<S> one(z.col(j).data(), latent, 1);
      normal.reparameterize(component(parameters, k, latent), as_const(one), one);
    }
  }

 private:
  Index outputs(Index latent) const { return components * (2 * latent + 1); }

  template <Scalar S>
  S* fixed_memory(const PriorPass<S>& pass) const {
    return pass.memory + (components + 2) * pass.samples;
  }

  /// The parameters as the network has them now, but log π in the place of the logits, kept for the backward.
  template <Scalar S>
  const S* load(const PriorPass<S>& pass, Index latent) const {
    S* const input = fixed_memory(pass);
    *input = S(0);
    const ConstView<S> y = pass.own.forward(pass.how, ConstView<S>(input, 1, 1));
    std::copy_n(y.data(), outputs(latent), input + 1);
    S* const logit = input + 1 + 2 * latent * components;
    LogMeanExp all;
    for (Index k = 0; k < components; ++k) all.add(static_cast<double>(logit[k]));
    for (Index k = 0; k < components; ++k) logit[k] -= static_cast<S>(all.log_sum());
    return input + 1;
  }

  template <Scalar S>
  static ConstView<S> component(const S* parameters, Index k, Index latent) {
    return {parameters + 2 * latent * k, 2 * latent, 1};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void MixturePrior::validate() const {
  normal.validate();
  if (components < 1 || components > max_factor)
    fail<ConfigError>("MixturePrior: expected components in [1, {}], got {}", max_factor, components);
}

#endif

}  // namespace eigenerate
