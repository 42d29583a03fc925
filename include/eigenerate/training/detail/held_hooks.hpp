#pragma once
// EIGENERATE_HELD_HOOKS(extern, Callback): the hooks of one of the library's callbacks in fits of its models
// are compiled once, in eigenerate::compiled: there with nothing in place of `extern`.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#include "eigenerate/models/gan.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/training/detail/fit_hooks.hpp"

#define EIGENERATE_HELD_HOOKS(HELD, Callback)                  \
  namespace eigenerate::detail {                               \
  HELD template HooksPointer<Vae<float>> hooks_of(Callback&);  \
  HELD template HooksPointer<Vae<double>> hooks_of(Callback&); \
  HELD template HooksPointer<Gan<float>> hooks_of(Callback&);  \
  HELD template HooksPointer<Gan<double>> hooks_of(Callback&); \
  }

#endif
