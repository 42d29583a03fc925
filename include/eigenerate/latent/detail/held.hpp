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

#define EIGENERATE_HOLD(Held)                                                                     \
  EIGENERATE_HELD template auto AnyPosterior<float>::hold(Held)->std::shared_ptr<const Contract>; \
  EIGENERATE_HELD template auto AnyPosterior<double>::hold(Held)->std::shared_ptr<const Contract>;
EIGENERATE_HOLD(DiagonalNormalPosterior)
EIGENERATE_HOLD(InverseAutoregressiveFlow)
#undef EIGENERATE_HOLD

#define EIGENERATE_HOLD(Held)                                                                 \
  EIGENERATE_HELD template auto AnyPrior<float>::hold(Held)->std::shared_ptr<const Contract>; \
  EIGENERATE_HELD template auto AnyPrior<double>::hold(Held)->std::shared_ptr<const Contract>;
EIGENERATE_HOLD(StandardNormal)
#undef EIGENERATE_HOLD

#define EIGENERATE_HOLD(Held)                                                                     \
  EIGENERATE_HELD template auto AnyObjective<float>::hold(Held)->std::shared_ptr<const Contract>; \
  EIGENERATE_HELD template auto AnyObjective<double>::hold(Held)->std::shared_ptr<const Contract>;
EIGENERATE_HOLD(Elbo)
EIGENERATE_HOLD(Iwae)
#undef EIGENERATE_HOLD

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
