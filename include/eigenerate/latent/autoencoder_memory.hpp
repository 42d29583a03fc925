#pragma once

#include <optional>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/latent/part.hpp"
#include "eigenerate/latent/prior.hpp"

namespace eigenerate {

/// What a prior writes in a pass: for up to `max_samples` latent vectors of `max_inputs` samples.
template <Scalar S>
struct PriorMemory {
  /// For a prior with that plan and these networks, each of which may be null where it uses none.
  PriorMemory(const PartPlan<S>& plan, const Network<S>* own_network, const Network<S>* encoder_network,
              Index inputs, Index samples)
      : max_inputs(inputs), max_samples(samples), memory(part_memory(plan, inputs, samples)) {
    if (own_network) own = own_network->make_workspace(plan.columns.scalars(samples));
    if (plan.encoder_columns > 0) encoder = encoder_network->make_workspace(plan.encoder_columns);
  }
  /// For an autoencoder's.
  template <class A>
  PriorMemory(const A& a, Index inputs, Index samples)
      : PriorMemory(a.prior_plan(), a.prior_learner() ? &a.prior_learner()->network : nullptr,
                    &a.encoder().network, inputs, samples) {}

  /// A pass with these networks, of which each may be null, without gradients.
  PriorPass<S> pass(const PassInput<S>& how, const Network<S>* own_network, const Network<S>* encoder_network,
                    const AnyPosterior<S>* posterior) {
    PriorPass<S> p;
    p.how = how;
    if (own) p.own = {own_network, &*own, nullptr};
    if (encoder) p.encoder = {encoder_network, &*encoder, nullptr};
    p.memory = memory.data();
    p.inputs = max_inputs;
    p.samples = max_samples;
    p.posterior = posterior;
    return p;
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
