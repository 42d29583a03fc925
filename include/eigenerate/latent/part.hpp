#pragma once

#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// What a part of an autoencoder, a posterior or a prior, needs beside itself. A part is immutable: the
/// autoencoder makes what the plan asks for and hands it to every pass.
template <Scalar S>
struct PartPlan {
  /// Of a network of its own, whose parameters are learned with the others. It has no buffers
  /// (`ConfigError`): a batch norm would predict with statistics that it never saw.
  std::optional<AnyLayer<S>> layer = {};
  Shape input = {};                     ///< of that network
  std::optional<Shape> condition = {};  ///< of that network
  Extent columns = {1, 0};  ///< of a pass through that network, as a function of the number of latent vectors
  Index encoder_columns = 0;  ///< of passes through the encoder, where the part borrows it
  /// Scalars that the part writes when it is asked for values and reads when for gradients.
  Index memory_per_input = 0;
  Index memory_per_sample = 0;  ///< the same for each latent vector
  Index memory = 0;             ///< the same for each pass
};

/// A network as a part uses it in one pass.
template <Scalar S>
struct PartNetwork {
  const Network<S>* network = nullptr;
  Workspace<S>* workspace = nullptr;
  Arena<S>* gradients = nullptr;  ///< null in passes without a backward

  /// Runs the network on `x`, which its backward reads again: it stays as it is until then.
  ConstView<S> forward(PassInput<S> how, ConstView<S> x, ConstView<S> condition = {}) const;
};

/// What a part may use in one pass.
template <Scalar S>
struct PartPass {
  PassInput<S> how = {};        ///< mode, randomness and progress of the passes through networks
  PartNetwork<S> own = {};      ///< what the plan's layer became
  PartNetwork<S> encoder = {};  ///< borrowed, with a workspace for this part alone
  S* memory = nullptr;          ///< for `inputs` and `samples`, in the order of the plan's members
  Index inputs = 0;             ///< most inputs, and …
  Index samples = 0;            ///< … most latent vectors that the memory was made for

  /// The memory of inputs, of latent vectors, and of the pass.
  S* input_memory() const { return memory; }
  S* sample_memory(const PartPlan<S>& plan) const { return memory + plan.memory_per_input * inputs; }
  S* pass_memory(const PartPlan<S>& plan) const {
    return sample_memory(plan) + plan.memory_per_sample * samples;
  }
};

/// The scalars that a part's memory has.
template <Scalar S>
Index part_memory(const PartPlan<S>& plan, Index inputs, Index samples) {
  return plan.memory_per_input * inputs + plan.memory_per_sample * samples + plan.memory;
}

#if EIGENERATE_DEFINES(LATENT)

template <Scalar S>
ConstView<S> PartNetwork<S>::forward(PassInput<S> how, ConstView<S> x, ConstView<S> condition) const {
  how.x = x;
  how.condition = condition;
  return network->forward(how, *workspace);
}

EIGENERATE_INSTANTIATE_STRUCT(PartPlan)
EIGENERATE_INSTANTIATE_STRUCT(PartNetwork)
EIGENERATE_INSTANTIATE_STRUCT(PartPass)

#endif

}  // namespace eigenerate
