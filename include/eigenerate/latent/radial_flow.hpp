#pragma once

#include "eigenerate/latent/amortized_flow.hpp"
#include "eigenerate/latent/radial_step.hpp"

namespace eigenerate {

/// A normal posterior bent by `steps` times a `RadialStep`, whose parameters the encoder puts out:
/// `RadialFlow{.steps = 8}`. Each of its steps moves space away from a point, or towards it.
///
/// **Source** Rezende & Mohamed 2015, eq. 14.
using RadialFlow = AmortizedFlow<RadialStep>;

}  // namespace eigenerate
