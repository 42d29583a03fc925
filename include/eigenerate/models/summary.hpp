#pragma once

#include "eigenerate/models/model.hpp"
#include "eigenerate/network/summary.hpp"

namespace eigenerate {

/// The summary of all that a model learns with: its networks in the order of its `learners()`, with gradients
/// and optimiser state, for batches of up to `batch` samples.
///
/// What a step does besides a pass through each network is not counted: several passes through one (both
/// sides of a discriminator, several latent vectors for each sample), penalties, losses, the update.
///
/// **Errors** `ConfigError` for a batch below 1.
template <Model M>
Summary summary(const M& model, Index batch = 1) {
  Summary all = detail::empty_summary(batch);
  for (const auto* learner : model.learners()) {
    detail::add_network(all, learner->network);
    all.memory.gradients += detail::bytes_of(learner->gradients);
    for (const auto& moment : learner->state.moments) all.memory.optimizer += detail::bytes_of(moment);
  }
  return all;
}

}  // namespace eigenerate
