#pragma once
// What the erased values of this folder hold of its own types: compiled once, in eigenerate::compiled.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#if EIGENERATE_DEFINES(DISTRIBUTIONS)
#define EIGENERATE_HELD
#else
#define EIGENERATE_HELD extern
#endif

namespace eigenerate {

EIGENERATE_HOLD(AnyLikelihood, Bernoulli)
EIGENERATE_HOLD(AnyLikelihood, BetaBinomial)
EIGENERATE_HOLD(AnyLikelihood, Categorical)
EIGENERATE_HOLD(AnyLikelihood, ContinuousBernoulli)
EIGENERATE_HOLD(AnyLikelihood, DiagonalNormal)
EIGENERATE_HOLD(AnyLikelihood, DiscretizedLogisticMixture)
EIGENERATE_HOLD(AnyLikelihood, Laplace)
EIGENERATE_HOLD(AnyLikelihood, Normal)
EIGENERATE_HOLD(AnyLikelihood, Poisson)
EIGENERATE_HOLD(AnyLikelihood, UnitNormal)

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
