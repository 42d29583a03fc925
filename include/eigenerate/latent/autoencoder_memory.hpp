#pragma once

#include <optional>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/latent/part.hpp"

namespace eigenerate {

/// What a prior writes in a pass: for up to `max_samples` latent vectors of `max_inputs` samples.
template <Scalar S>
struct PriorMemory {
  template <class A>
  PriorMemory(const A& a, Index inputs, Index samples)
      : max_inputs(inputs), max_samples(samples), memory(part_memory(a.prior_plan(), inputs, samples)) {
    if (const auto* learner = a.prior_learner())
      own = learner->network.make_workspace(a.prior_plan().columns.scalars(samples));
    if (a.prior_plan().encoder_columns > 0)
      encoder = a.encoder().network.make_workspace(a.prior_plan().encoder_columns);
  }

  Index max_inputs, max_samples;
  std::optional<Workspace<S>> own, encoder;
  Vector<S> memory;
};

/// Everything that a pass through an autoencoder writes besides its learners' own state: for up to
/// `max_inputs` samples and `max_samples` latent vectors of all of them together.
template <Scalar S>
struct AutoencoderMemory {
  template <class A>
  AutoencoderMemory(const A& a, Index inputs, Index samples)
      : max_inputs(inputs),
        max_samples(samples),
        encoder(a.encoder().network.make_workspace(inputs)),
        decoder(a.decoder().network.make_workspace(samples)),
        posterior_memory(part_memory(a.posterior_plan(), inputs, samples)),
        prior(a, inputs, samples),
        z(a.latent_size() * samples),
        dz(z.size()),
        dh(a.encoder().network.output_shape().size() * inputs) {
    if (const auto* learner = a.posterior_learner())
      posterior = learner->network.make_workspace(a.posterior_plan().columns.scalars(samples));
  }

  Index max_inputs, max_samples;
  Workspace<S> encoder, decoder;
  std::optional<Workspace<S>> posterior;
  Vector<S> posterior_memory;
  PriorMemory<S> prior;
  Vector<S> z, dz, dh;
  PassInput<S> posterior_how, prior_how;  ///< of the passes that are alive
};

}  // namespace eigenerate
