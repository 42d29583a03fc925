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

#define EIGENERATE_HOLD(Held)                                                                            \
  EIGENERATE_HELD template auto AnyAdversarialLoss<float>::hold(Held)->std::shared_ptr<const Interface>; \
  EIGENERATE_HELD template auto AnyAdversarialLoss<double>::hold(Held)->std::shared_ptr<const Interface>;
EIGENERATE_HOLD(Minimax)
EIGENERATE_HOLD(NonSaturating)
EIGENERATE_HOLD(Wasserstein)
EIGENERATE_HOLD(Hinge)
EIGENERATE_HOLD(LeastSquares)
#undef EIGENERATE_HOLD

#define EIGENERATE_HOLD(Held)                                                                          \
  EIGENERATE_HELD template auto AnyAdversaryTerm<float>::hold(Held)->std::shared_ptr<const Interface>; \
  EIGENERATE_HELD template auto AnyAdversaryTerm<double>::hold(Held)->std::shared_ptr<const Interface>;
EIGENERATE_HOLD(GradientPenalty)
EIGENERATE_HOLD(R1)
EIGENERATE_HOLD(R2)
EIGENERATE_HOLD(Dragan)
#undef EIGENERATE_HOLD

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
