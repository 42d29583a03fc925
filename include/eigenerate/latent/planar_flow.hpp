#pragma once

#include "eigenerate/latent/amortized_flow.hpp"
#include "eigenerate/latent/planar_step.hpp"

namespace eigenerate {

/// A normal posterior bent by `steps` times a `PlanarStep`, whose parameters the encoder puts out:
/// `PlanarFlow{.steps = 8}`. Each of its steps stretches or squeezes space along a direction, about a plane.
///
/// **Source** Rezende & Mohamed 2015, eq. 10 to 13.
using PlanarFlow = AmortizedFlow<PlanarStep>;

}  // namespace eigenerate
