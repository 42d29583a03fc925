#pragma once

#include "eigenerate/distributions/full_normal.hpp"
#include "eigenerate/latent/normal_posterior.hpp"

namespace eigenerate {

/// A normal with any covariance: the encoder puts out the parameters of a `FullNormal`, `z = µ + L ε`.
///
/// Its dimensions may depend on each other given x, so that a decoder need not keep them apart. Everything
/// that a `DiagonalNormalPosterior` does, it does: the KL to `StandardNormal` has a closed form, and its
/// density is known everywhere. The KL of a dimension is that given the ones before it.
///
/// **Shapes** h: latent · (latent + 3) / 2 × n; z: latent × k·n.
/// **Cost** and **Numerics** those of `FullNormal`.
/// **Source** Kingma & Welling 2019, section 2.5.1.
using FullNormalPosterior = NormalPosterior<FullNormal>;

}  // namespace eigenerate
