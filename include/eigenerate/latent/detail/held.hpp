#pragma once
// What the erased values of this folder hold of its own types: compiled once, in eigenerate::compiled.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#if EIGENERATE_DEFINES(LATENT)
#define EIGENERATE_HELD
#else
#define EIGENERATE_HELD extern
#endif

namespace eigenerate {

EIGENERATE_HOLD(AnyPosterior, CodedPosterior)
EIGENERATE_HOLD(AnyPosterior, DeterministicPosterior)
EIGENERATE_HOLD(AnyPosterior, DiagonalNormalPosterior)
EIGENERATE_HOLD(AnyPosterior, InverseAutoregressiveFlow)
EIGENERATE_HOLD(AnyPrior, StandardNormal)
EIGENERATE_HOLD(AnyLatentTerm, MaximumMeanDiscrepancy)
EIGENERATE_HOLD(AnyLatentTerm, TotalCorrelation)
EIGENERATE_HOLD(AnyObjective, Ciwae)
EIGENERATE_HOLD(AnyObjective, ControlledCapacity)
EIGENERATE_HOLD(AnyObjective, Elbo)
EIGENERATE_HOLD(AnyObjective, Iwae)
EIGENERATE_HOLD(AnyObjective, Miwae)
EIGENERATE_HOLD(AnyObjective, Piwae)
EIGENERATE_HOLD(AnyObjective, Reconstruction)

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
