#pragma once

#include <cstdint>
#include <span>

#include "eigenerate/core/random.hpp"
#include "eigenerate/models/detail/weigh_samples.hpp"
#include "eigenerate/models/log_likelihood_figures.hpp"

namespace eigenerate {

/// How a log-likelihood is estimated.
struct ImportanceSampling {
  Index samples = 5000;  ///< for each x, from its posterior
  std::uint64_t seed = 0;
};

/// log p(x) of the samples of a dataset by importance samples of a model's posterior: lower bounds in
/// expectation, the tighter the more samples. Of models with `importance_weights`, as `Vae` has them; given
/// the label, where a model has classes, unless it learns without labels too.
///
/// Where `least_effective_count` is a few, or the Monte Carlo errors near ½, the posterior misses where the
/// weight lies, and neither the estimate nor its error is to be believed: `measure_annealed_log_likelihood`
/// needs no good posterior.
///
/// **Cost** as many passes through the decoder as importance samples, for each x, in portions of bounded
/// memory.
/// **Errors** as the model's.
/// **Numerics** the same bits for any number of threads.
/// **Source** Burda, Grosse & Salakhutdinov 2016, eq. 8 and section 5.
template <class M>
LogLikelihoodFigures measure_log_likelihood(const M& model, const Dataset& dataset,
                                            const ImportanceSampling& options = {}) {
  constexpr bool takes_unlabelled = requires {
    requires M::takes_unlabelled;
  };
  const RandomStream random{options.seed, Purpose::evaluation};
  return log_likelihood_figures(detail::weigh_samples<typename M::scalar_type>(
      dataset, model.classes() > 0 && !takes_unlabelled,
      [&](const auto& x, std::span<const int> labels, std::uint64_t part) {
        return model.importance_weights(x, options.samples, labels, random.lane(part));
      }));
}

}  // namespace eigenerate
