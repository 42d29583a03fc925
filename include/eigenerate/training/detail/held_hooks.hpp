#pragma once
// EIGENERATE_HELD_HOOKS(extern, Callback): the hooks of one of the library's callbacks in fits of its models
// are compiled once, in eigenerate::compiled: there with nothing in place of `extern`.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#include "eigenerate/models/adversarial_autoencoder.hpp"
#include "eigenerate/models/bigan.hpp"
#include "eigenerate/models/gan.hpp"
#include "eigenerate/models/pix2pix.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/models/vae_gan.hpp"
#include "eigenerate/training/detail/fit_hooks.hpp"

#define EIGENERATE_HELD_HOOKS_OF(HELD, Callback, Model)          \
  namespace eigenerate::detail {                                 \
  HELD template HooksPointer<Model<float>> hooks_of(Callback&);  \
  HELD template HooksPointer<Model<double>> hooks_of(Callback&); \
  }

// Of a callback that draws samples: what translates (Pix2Pix) has none.
#define EIGENERATE_HELD_HOOKS_OF_SAMPLERS(HELD, Callback)          \
  EIGENERATE_HELD_HOOKS_OF(HELD, Callback, Vae)                    \
  EIGENERATE_HELD_HOOKS_OF(HELD, Callback, Gan)                    \
  EIGENERATE_HELD_HOOKS_OF(HELD, Callback, AdversarialAutoencoder) \
  EIGENERATE_HELD_HOOKS_OF(HELD, Callback, Bigan)                  \
  EIGENERATE_HELD_HOOKS_OF(HELD, Callback, VaeGan)

#define EIGENERATE_HELD_HOOKS(HELD, Callback)       \
  EIGENERATE_HELD_HOOKS_OF_SAMPLERS(HELD, Callback) \
  EIGENERATE_HELD_HOOKS_OF(HELD, Callback, Pix2Pix)

#endif
