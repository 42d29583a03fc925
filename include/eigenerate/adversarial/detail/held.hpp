#pragma once
// What the erased values of this folder hold of its own types: compiled once, in eigenerate::compiled.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#if EIGENERATE_DEFINES(ADVERSARIAL)
#define EIGENERATE_HELD
#else
#define EIGENERATE_HELD extern
#endif

namespace eigenerate {

EIGENERATE_HOLD(AnyAdversarialLoss, DensityRatio)
EIGENERATE_HOLD(AnyAdversarialLoss, Hinge)
EIGENERATE_HOLD(AnyAdversarialLoss, LeastSquares)
EIGENERATE_HOLD(AnyAdversarialLoss, Minimax)
EIGENERATE_HOLD(AnyAdversarialLoss, NonSaturating)
EIGENERATE_HOLD(AnyAdversarialLoss, Wasserstein)
EIGENERATE_HOLD(AnyAdversaryTerm, ClassHead)
EIGENERATE_HOLD(AnyAdversaryTerm, CodeHead)
EIGENERATE_HOLD(AnyAdversaryTerm, Dragan)
EIGENERATE_HOLD(AnyAdversaryTerm, FeatureMatching)
EIGENERATE_HOLD(AnyAdversaryTerm, FeatureReconstruction)
EIGENERATE_HOLD(AnyAdversaryTerm, GradientPenalty)
EIGENERATE_HOLD(AnyAdversaryTerm, R1)
EIGENERATE_HOLD(AnyAdversaryTerm, R2)

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
