#pragma once

#include <cstdint>
#include <optional>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The number of a dimension of latent vectors, told apart from that of a code:
/// `vae.traverse(LatentDimension{3}, 11, 8)`.
struct LatentDimension {
  Index number = 0;
};

/// Which values of a dimension a traversal goes through, and of which vectors.
struct TraversalOptions {
  /// From −reach to reach in equal steps; none: in steps of equal probability under a standard normal prior.
  std::optional<double> reach = {};
  std::optional<int> label = {};  ///< of what a conditional model decodes
  std::uint64_t seed = 0;         ///< of the latent vectors, where they are drawn
};

}  // namespace eigenerate
