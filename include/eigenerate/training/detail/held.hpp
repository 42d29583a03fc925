#pragma once
// The fits of the library's models, and its own callbacks in them: compiled once, in eigenerate::compiled.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#include "eigenerate/training/callbacks/early_stopping.hpp"
#include "eigenerate/training/callbacks/progress_bar.hpp"
#include "eigenerate/training/detail/held_hooks.hpp"
#include "eigenerate/training/trainer.hpp"

#if EIGENERATE_DEFINES(TRAINING)
#define EIGENERATE_HELD
#else
#define EIGENERATE_HELD extern
#endif

namespace eigenerate::detail {

#define EIGENERATE_HELD_FIT(Model)                                                                          \
  EIGENERATE_HELD template FitResult run_fit(Model&, const Dataset&, const Dataset*, const TrainerOptions&, \
                                             std::span<const HooksPointer<Model>>, RunLedger&, bool);
EIGENERATE_HELD_FIT(Vae<float>)
EIGENERATE_HELD_FIT(Vae<double>)
EIGENERATE_HELD_FIT(Gan<float>)
EIGENERATE_HELD_FIT(Gan<double>)
EIGENERATE_HELD_FIT(AdversarialAutoencoder<float>)
EIGENERATE_HELD_FIT(AdversarialAutoencoder<double>)
EIGENERATE_HELD_FIT(Bigan<float>)
EIGENERATE_HELD_FIT(Bigan<double>)
EIGENERATE_HELD_FIT(VaeGan<float>)
EIGENERATE_HELD_FIT(VaeGan<double>)
EIGENERATE_HELD_FIT(Pix2Pix<float>)
EIGENERATE_HELD_FIT(Pix2Pix<double>)
#undef EIGENERATE_HELD_FIT

}  // namespace eigenerate::detail

EIGENERATE_HELD_HOOKS(EIGENERATE_HELD, ProgressBar)
EIGENERATE_HELD_HOOKS(EIGENERATE_HELD, EarlyStopping)

#undef EIGENERATE_HELD

#endif
