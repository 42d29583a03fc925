#pragma once

#include <variant>

#include "eigenerate/losses/minimax.hpp"
#include "eigenerate/losses/non_saturating.hpp"
#include "eigenerate/losses/wasserstein.hpp"

namespace eigenerate {

/// What a GAN may play. All alternatives share `takes_scores`, `discriminator_real`, `discriminator_fake`, `generator` and
/// `validate`.
using AdversarialLoss = std::variant<Minimax, NonSaturating, Wasserstein>;

}  // namespace eigenerate
