#pragma once

#include <cstdint>
#include <span>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// What discriminator and generator meet over: one part of a step's batch.
///
/// **Shapes** real, fake: samples × n; condition: as for `PassInput`; labels: n, or empty where there are
/// none; latent: latent × n, or empty.
template <Scalar S>
struct AdversaryRound {
  ConstView<S> real, fake, condition = {};
  RandomStream random = {};   ///< of terms that draw points
  RandomStream dropout = {};  ///< of the discriminator's layers with noise
  double progress = 0;
  std::uint64_t step = 0;
  std::span<const int> labels = {};  ///< of the real samples, and those that the fakes were made for
  ConstView<S> latent = {};          ///< vectors that the fakes were made from, where terms may look at them
};

}  // namespace eigenerate
