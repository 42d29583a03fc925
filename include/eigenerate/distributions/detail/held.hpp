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

#define EIGENERATE_HOLD(Held)                                                                      \
  EIGENERATE_HELD template auto AnyLikelihood<float>::hold(Held)->std::shared_ptr<const Contract>; \
  EIGENERATE_HELD template auto AnyLikelihood<double>::hold(Held)->std::shared_ptr<const Contract>;
EIGENERATE_HOLD(Bernoulli)
EIGENERATE_HOLD(DiagonalNormal)
EIGENERATE_HOLD(UnitNormal)
#undef EIGENERATE_HOLD

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
