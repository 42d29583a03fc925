#pragma once

#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/latent/normal_posterior.hpp"

namespace eigenerate {

/// Independent normal dimensions: the encoder puts out means above log-variances, `z = µ + e^{v/2} ε`.
///
/// **Shapes** h: 2·latent × n; z: latent × k·n.
/// **Numerics** log-variances are clamped as `normal` says.
/// **Source** Kingma & Welling 2014, section 2.4 and appendix B.
using DiagonalNormalPosterior = NormalPosterior<DiagonalNormal>;

}  // namespace eigenerate
