#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "eigenerate/models/detail/weigh_samples.hpp"
#include "eigenerate/models/latent_joint.hpp"
#include "eigenerate/models/latent_space.hpp"
#include "eigenerate/models/log_likelihood_figures.hpp"

namespace eigenerate {

/// A log-likelihood by annealing.
struct AnnealedLogLikelihoodFigures : LogLikelihoodFigures {
  double acceptance = 0;  ///< share of the proposals, a mean over all transitions: near what was aimed at
};

/// How `measure_annealed_log_likelihood` goes.
struct AnnealedSampling : AnnealingOptions {
  AnnealFrom from = AnnealFrom::prior;
  std::uint64_t seed = 0;
};

namespace detail {

/// `make_target(inputs, columns)` makes the `LatentJoint`.
template <Scalar S, class Make>
AnnealedLogLikelihoodFigures annealed_log_likelihood(const Dataset& dataset, Index latent, Index classes,
                                                     const AnnealedSampling& options, Make&& make_target) {
  options.validate();
  // About 256 chains at a time, as importance samples.
  const Index per_input = options.chains + options.pilots,
              inputs = std::clamp<Index>(256 / per_input, 1, dataset.size());
  AnnealedImportance<S> annealing(latent, inputs, options);
  LatentJoint<S> target = make_target(inputs, inputs * per_input);
  double accepted = 0;
  const auto weights = weigh_samples<S>(
      dataset, classes > 0, [&](ConstView<S> x, std::span<const int> labels, std::uint64_t part) {
        const RandomStream random = RandomStream{options.seed, Purpose::evaluation}.lane(part);
        std::vector<LogMeanExp> all;
        for (Index first = 0; first < x.cols(); first += inputs) {
          const Index n = std::min(inputs, x.cols() - first);
          target.observe(ConstView<S>(x.data() + first * x.rows(), x.rows(), n),
                         labels.empty()
                             ? labels
                             : labels.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n)));
          const auto some = annealing.run(target, n, random.lane(static_cast<std::uint64_t>(first)));
          all.insert(all.end(), some.begin(), some.end());
          accepted += annealing.acceptance() * static_cast<double>(n);
        }
        return all;
      });
  return {log_likelihood_figures(weights), accepted / static_cast<double>(dataset.size())};
}

}  // namespace detail

/// log p(x) of the samples of a dataset by annealed importance sampling, for any model with an encoder and a
/// decoder (a `LatentSpace`), whatever it minimized: lower bounds in expectation, which need no good
/// posterior.
///
/// **Cost** `distributions · leapfrog_steps` passes forward and backward through the decoder for every chain
/// and x: a check on some samples, where importance samples serve for all.
/// **Errors** `ConfigError` as `AnnealingOptions` and `LatentJoint`.
/// **Numerics** the same bits for any number of threads.
/// **Source** Wu, Burda, Salakhutdinov & Grosse 2017, "On the quantitative analysis of
/// decoder-based generative models".
template <Scalar S>
AnnealedLogLikelihoodFigures measure_annealed_log_likelihood(const LatentSpace<S>& model,
                                                             const Dataset& dataset,
                                                             const AnnealedSampling& options = {}) {
  return detail::annealed_log_likelihood<S>(
      dataset, model.latent_size(), model.classes(), options, [&](Index inputs, Index columns) {
        return LatentJoint<S>(model.parts(), model.likelihood(), Conditioning{model.classes()}, options.from,
                              inputs, columns);
      });
}

/// The same of a generator of standard normal latent vectors, as a GAN's, with a likelihood chosen for its
/// outputs: `measure_annealed_log_likelihood(gan.generator(), Normal{0.1}, images)`.
template <Scalar S>
AnnealedLogLikelihoodFigures measure_annealed_log_likelihood(
    const Network<S>& generator, std::type_identity_t<AnyLikelihood<S>> likelihood, const Dataset& dataset,
    const AnnealedSampling& options = {}) {
  if (options.from != AnnealFrom::prior)
    fail<ConfigError>("annealing: a generator alone has no posterior to begin at");
  const auto& condition = generator.plan().condition;
  return detail::annealed_log_likelihood<S>(
      dataset, generator.input_shape().size(), condition ? condition->size() : 0, options,
      [&](Index inputs, Index columns) { return LatentJoint<S>(generator, likelihood, inputs, columns); });
}

}  // namespace eigenerate
