#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/distributions/detail/to_shares.hpp"
#include "eigenerate/distributions/gaussian_mixture.hpp"
#include "eigenerate/distributions/normal_components.hpp"
#include "eigenerate/latent/detail/mixture_parameters.hpp"
#include "eigenerate/latent/prior.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// A mixture of normals whose means, log-variances and weights are learned: `p(z) = Σ_k π_k N(z; µ_k,
/// e^{v_k})` with `π = softmax(logits)`.
///
/// They are the parameters of a network of its own, named `prior`.
///
/// **Backward** with the shares `r_k = π_k N_k(z) / p(z)`: the gradient of each log N_k times r_k, and `r_k −
/// π_k` for its logit.
/// **Cost** K densities for each latent vector, each way, see `NormalComponents`.
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
            // The shares of π_k N_k(z) in their sum.
            .memory_per_sample = NormalComponents<S>::rows(components),
            // An input, the parameters and their gradient, and what the densities need.
            .memory = 1 + 2 * outputs(latent) + NormalComponents<S>::memory(latent, components)};
  }

  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    const S* const parameters = load(pass, z.rows());
    const View<S> shares = shares_of(pass, z.cols());
    NormalComponents<S> all = normals(pass, z.rows());
    all.load(means_and_log_variances(parameters, z.rows()),
             numbers(parameters + 2 * z.rows() * components, components));
    all.log_probability(z, shares);
    detail::columns_to_shares<S>(shares, components, out);
  }

  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    const Index latent = z.rows();
    const ConstView<S> shares = as_const(shares_of(pass, z.cols()));
    const S* const parameters = fixed_memory(pass) + 1;
    const S* const log_weight = parameters + 2 * latent * components;
    S* const d_parameters = fixed_memory(pass) + 1 + outputs(latent);
    S* const d_logit = d_parameters + 2 * latent * components;
    const NormalComponents<S> all = normals(pass, latent);
    all.backward_to_x(z, shares, path_weights, dz);
    all.backward(means_and_log_variances(parameters, latent), z, shares, parameter_weights,
                 View<S>(d_parameters, 2 * latent, components));
    for (Index k = 0; k < components; ++k) {
      const double weight = std::exp(static_cast<double>(log_weight[k]));
      double d = 0;
      for (Index j = 0; j < z.cols(); ++j)
        d += static_cast<double>(parameter_weights[static_cast<std::size_t>(j)]) *
             (static_cast<double>(shares(k, j)) - weight);
      d_logit[k] = static_cast<S>(d);
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
      double rest = to_unit_interval<double>(random.lane(2).words(static_cast<std::uint64_t>(j))[0]);
      Index k = 0;
      while (k + 1 < components && (rest -= std::exp(static_cast<double>(log_weight[k]))) > 0) ++k;
      View<S> one(z.col(j).data(), latent, 1);
      normal.reparameterize(component(parameters, k, latent), as_const(one), one);
    }
  }

  /// Writes a mixture of as many normals, of independent dimensions, into the parameters of the prior's
  /// network.
  template <Scalar S>
  void begin_at(const GaussianMixture& mixture, Arena<S>& parameters) const {
    const Index latent = mixture.features();
    auto mean = parameters["prior.mean"], log_variance = parameters["prior.log_variance"],
         logit = parameters["prior.logit"];
    for (Index k = 0; k < components; ++k) {
      const Matrix<double>& factor = mixture.factors[static_cast<std::size_t>(k)];
      for (Index d = 0; d < latent; ++d) {
        const double v =
            std::clamp(2 * std::log(factor(d, d)), normal.min_log_variance, normal.max_log_variance);
        mean(k * latent + d) = static_cast<S>(mixture.means(d, k));
        log_variance(k * latent + d) = static_cast<S>(normal.scale == Scale::log_deviation ? v / 2 : v);
      }
      // A component without samples has no weight, whose logarithm is no number that a parameter may be.
      logit(k) = static_cast<S>(std::log(std::max(mixture.weights(k), 1e-30)));
    }
  }

 private:
  Index outputs(Index latent) const { return components * (2 * latent + 1); }

  template <Scalar S>
  S* fixed_memory(const PriorPass<S>& pass) const {
    return pass.memory + NormalComponents<S>::rows(components) * pass.samples;
  }
  template <Scalar S>
  View<S> shares_of(const PriorPass<S>& pass, Index n) const {
    return {pass.memory, NormalComponents<S>::rows(components), n};
  }
  template <Scalar S>
  NormalComponents<S> normals(const PriorPass<S>& pass, Index latent) const {
    return {normal, latent, components, fixed_memory(pass) + 1 + 2 * outputs(latent)};
  }
  template <Scalar S>
  ConstView<S> means_and_log_variances(const S* parameters, Index latent) const {
    return {parameters, 2 * latent, components};
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
