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

EIGENERATE_HOLD(AnyLayer, AppendParameter)
EIGENERATE_HOLD(AnyLayer, AveragePool)
EIGENERATE_HOLD(AnyLayer, BatchNorm)
EIGENERATE_HOLD(AnyLayer, Conv2d)
EIGENERATE_HOLD(AnyLayer, ConvTranspose2d)
EIGENERATE_HOLD(AnyLayer, Cutout)
EIGENERATE_HOLD(AnyLayer, Dropout)
EIGENERATE_HOLD(AnyLayer, Elu)
EIGENERATE_HOLD(AnyLayer, Flatten)
EIGENERATE_HOLD(AnyLayer, Gelu)
EIGENERATE_HOLD(AnyLayer, Identity)
EIGENERATE_HOLD(AnyLayer, InstanceNoise)
EIGENERATE_HOLD(AnyLayer, LayerNorm)
EIGENERATE_HOLD(AnyLayer, LeakyRelu)
EIGENERATE_HOLD(AnyLayer, Linear)
EIGENERATE_HOLD(AnyLayer, MaskedLinear)
EIGENERATE_HOLD(AnyLayer, MaxPool)
EIGENERATE_HOLD(AnyLayer, Maxout)
EIGENERATE_HOLD(AnyLayer, MinibatchDiscrimination)
EIGENERATE_HOLD(AnyLayer, MinibatchStd)
EIGENERATE_HOLD(AnyLayer, Modulate)
EIGENERATE_HOLD(AnyLayer, PackChannels)
EIGENERATE_HOLD(AnyLayer, ProjectCondition)
EIGENERATE_HOLD(AnyLayer, RandomBrightness)
EIGENERATE_HOLD(AnyLayer, RandomTranslation)
EIGENERATE_HOLD(AnyLayer, Relu)
EIGENERATE_HOLD(AnyLayer, Reshape)
EIGENERATE_HOLD(AnyLayer, SelectChannels)
EIGENERATE_HOLD(AnyLayer, Sigmoid)
EIGENERATE_HOLD(AnyLayer, Silu)
EIGENERATE_HOLD(AnyLayer, Softplus)
EIGENERATE_HOLD(AnyLayer, Tanh)
EIGENERATE_HOLD(AnyLayer, Upsample)
EIGENERATE_HELD template auto AnyLayer<float>::hold(AnySequential<float>) -> std::shared_ptr<const Contract>;
EIGENERATE_HELD template auto AnyLayer<double>::hold(AnySequential<double>)
    -> std::shared_ptr<const Contract>;

}  // namespace eigenerate

#undef EIGENERATE_HELD

#endif
