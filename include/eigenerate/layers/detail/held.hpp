#pragma once
// What the erased values of this folder hold of its own types: compiled once, in eigenerate::compiled.

#include "eigenerate/core/compiled.hpp"

#if defined(EIGENERATE_COMPILED)

#if EIGENERATE_DEFINES(LAYERS)
#define EIGENERATE_HELD
#else
#define EIGENERATE_HELD extern
#endif

namespace eigenerate {

#define EIGENERATE_HOLD(Held)                                                                 \
  EIGENERATE_HELD template auto AnyLayer<float>::hold(Held)->std::shared_ptr<const Contract>; \
  EIGENERATE_HELD template auto AnyLayer<double>::hold(Held)->std::shared_ptr<const Contract>;
EIGENERATE_HOLD(AveragePool)
EIGENERATE_HOLD(BatchNorm)
EIGENERATE_HOLD(Conv2d)
EIGENERATE_HOLD(ConvTranspose2d)
EIGENERATE_HOLD(Dropout)
EIGENERATE_HOLD(Elu)
EIGENERATE_HOLD(Flatten)
EIGENERATE_HOLD(Gelu)
EIGENERATE_HOLD(Identity)
EIGENERATE_HOLD(LayerNorm)
EIGENERATE_HOLD(LeakyRelu)
EIGENERATE_HOLD(Linear)
EIGENERATE_HOLD(MaskedLinear)
EIGENERATE_HOLD(MaxPool)
EIGENERATE_HOLD(Modulate)
EIGENERATE_HOLD(ProjectCondition)
EIGENERATE_HOLD(Relu)
EIGENERATE_HOLD(Reshape)
EIGENERATE_HOLD(Sigmoid)
EIGENERATE_HOLD(Silu)
EIGENERATE_HOLD(Softplus)
EIGENERATE_HOLD(Tanh)
EIGENERATE_HOLD(Upsample)
EIGENERATE_HELD template auto AnyLayer<float>::hold(AnySequential<float>) -> std::shared_ptr<const Contract>;
EIGENERATE_HELD template auto AnyLayer<double>::hold(AnySequential<double>)
    -> std::shared_ptr<const Contract>;
#undef EIGENERATE_HOLD

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
