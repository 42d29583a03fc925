#pragma once

#include "eigenerate/data/batches.hpp"
#include "eigenerate/models/model.hpp"

namespace eigenerate {

/// The model's figures on a whole dataset, each the mean over its samples.
///
/// The noise depends on the seed and on the place in the dataset alone, so two evaluations of the same
/// weights agree to the bit and two models are compared on common random numbers. `progress` is that of
/// `StepContext`.
template <Model M>
StepMetrics evaluate(M& model, Batches<typename M::scalar_type>& batches, std::uint64_t seed,
                     double progress = 1) {
  StepMetrics mean;
  StepContext context{.seed = seed, .progress = progress};
  for (const auto& batch : batches.epoch(0)) {
    mean.average_in(model.evaluate(batch, context), static_cast<double>(batch.size()));
    ++context.step;
  }
  return mean;
}

/// The same for a dataset, in batches of `batch_size`.
template <Model M>
StepMetrics evaluate(M& model, const Dataset& dataset, Index batch_size = 128, std::uint64_t seed = 0) {
  Batches<typename M::scalar_type> batches(
      dataset, {.batch_size = batch_size, .seed = seed, .order = BatchOrder::sequential});
  model.prepare(batches.max_batch());
  return evaluate(model, batches, seed);
}

}  // namespace eigenerate
