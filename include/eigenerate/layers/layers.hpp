#pragma once
// layers: what networks are made of. A layer is an immutable value, sizes and hyper-parameters with the
// mathematics of four passes; it owns no weights, no activations, no mode and no random state.
//
// Invariants: `backward` never writes the cache; gradients of parameters are added, those of inputs are
// written, and either may be unwanted; nothing divides by the batch size; nothing allocates after `plan`; the
// same bits on any number of threads. Layers that couple the samples of a batch say so, and those without a
// tangent pass. A new layer is done when `testing::check_layer` finds nothing to complain about.
//
// | header                       | what it holds                                                       |
// |------------------------------|---------------------------------------------------------------------|
// | affine_map.hpp               | `AffineMap`: base of the convolutions, `y = A x + b`                |
// | any_layer.hpp                | `AnyLayer`: any layer behind one type                               |
// | any_sequential.hpp           | `AnySequential`: layers one after another, chosen at run time       |
// | append_parameter.hpp         | `AppendParameter`: learned numbers behind every sample              |
// | average_pool.hpp             | `AveragePool`: the mean of each window                              |
// | batch_norm.hpp               | `BatchNorm`: each channel normalised over the batch                 |
// | bilinear_upsample.hpp        | `BilinearUpsample`: linear interpolation between pixels (by name)   |
// | concat.hpp                   | `Concat`: the outputs of branches side by side, as further channels |
// | conv2d.hpp                   | `Conv2d`: two-dimensional convolution                               |
// | conv_transpose2d.hpp         | `ConvTranspose2d`: its transpose                                    |
// | cutout.hpp                   | `Cutout`: a rectangle of zeros while training                       |
// | dropout.hpp                  | `Dropout`: random zeros while training                              |
// | element_map.hpp              | `ElementMap`: each element moved, scaled and shifted                |
// | elementwise.hpp              | `Elementwise`: base of the activations                              |
// | elu.hpp                      | `Elu`: x, or α(eˣ − 1) below zero                                   |
// | flatten.hpp                  | `Flatten`: an image as a vector                                     |
// | gelu.hpp                     | `Gelu`: x·Φ(x)                                                      |
// | height_width.hpp             | `HeightWidth`: a vertical and a horizontal extent                   |
// | identity.hpp                 | `Identity`: the input as it is                                      |
// | infer.hpp                    | `infer`: an input width that the network finds out                  |
// | instance_noise.hpp           | `InstanceNoise`: normal noise while training, on a schedule         |
// | instance_norm.hpp            | `InstanceNorm`: each channel of a sample normalised (by name)       |
// | join_condition.hpp           | `JoinCondition`: the condition as further channels                  |
// | layer.hpp                    | `Layer`: the contract                                               |
// | layer_norm.hpp               | `LayerNorm`: each sample normalised over its elements               |
// | layer_sequence.hpp           | `LayerSequence`: base of the two sequentials, with their passes     |
// | leaky_relu.hpp               | `LeakyRelu`: x, or slope·x below zero                               |
// | linear.hpp                   | `Linear`: `y = Wᵀ x + b`                                            |
// | linear_map.hpp               | `LinearMap`: base of the layers `y = A x` without parameters        |
// | masked_conv2d.hpp            | `MaskedConv2d`: pixels that see only those before them (by name)    |
// | masked_linear.hpp            | `MaskedLinear`: outputs that see only some of the inputs            |
// | max_pool.hpp                 | `MaxPool`: the largest element of each window                       |
// | maxout.hpp                   | `Maxout`: the largest of the pieces of each channel                 |
// | minibatch_discrimination.hpp | `MinibatchDiscrimination`: how close samples are to the others      |
// | minibatch_std.hpp            | `MinibatchStd`: how much a group of samples differs                 |
// | modulate.hpp                 | `Modulate`: x ∘ (1 + γ(c)) + β(c), with the condition c             |
// | pack_channels.hpp            | `PackChannels`: samples of a pack side by side                      |
// | pass.hpp                     | `Pass`: everything that one layer may touch during one pass         |
// | pixel_shuffle.hpp            | `PixelShuffle`: channels that become pixels (by name)               |
// | place.hpp                    | `Place`: path and condition of a layer that is planned              |
// | plan.hpp                     | `LayerPlan`: what a layer needs for one input shape                 |
// | pooling_window.hpp           | `PoolingWindow`: kernel, stride and padding of the pools            |
// | prediction_step.hpp          | `PredictionStep`: one step of a prediction                          |
// | prediction_steps.hpp         | `PredictionSteps`: what layers make of themselves for a `Predictor` |
// | prelu.hpp                    | `PRelu`: x, or a learned slope·x below zero (by name)               |
// | project_condition.hpp        | `ProjectCondition`: logits that a condition projects                |
// | random_brightness.hpp        | `RandomBrightness`: one number added to a sample                    |
// | random_contrast.hpp          | `RandomContrast`: images flatter or harder while training (by name) |
// | random_saturation.hpp        | `RandomSaturation`: colors paler or stronger (by name)              |
// | random_translation.hpp       | `RandomTranslation`: images shifted while training                  |
// | reflection_pad.hpp           | `ReflectionPad`: images with their mirrored borders (by name)       |
// | refuses_tangent.hpp          | `RefusesTangent`: base of the layers without a tangent pass         |
// | relu.hpp                     | `Relu`: max(x, 0)                                                   |
// | rescale.hpp                  | `Rescale`: scale·x + shift (by name)                                |
// | reshape.hpp                  | `Reshape`: the same elements in another shape                       |
// | residual.hpp                 | `Residual`: x + block(x)                                            |
// | select_channels.hpp          | `SelectChannels`: some of the channels                              |
// | sequential.hpp               | `Sequential`: layers one after another, known at compile time       |
// | sigmoid.hpp                  | `Sigmoid`: 1 / (1 + e⁻ˣ)                                            |
// | silu.hpp                     | `Silu`: x·σ(x)                                                      |
// | softplus.hpp                 | `Softplus`: log(1 + e^{βx}) / β                                     |
// | spectral_norm.hpp            | `SpectralNorm`: a layer whose weight has the spectral norm 1        |
// | tanh.hpp                     | `Tanh`: hyperbolic tangent                                          |
// | upsample.hpp                 | `Upsample`: nearest-neighbour enlargement                           |
// | vector_quantizer.hpp         | `VectorQuantizer`: pixels replaced by the nearest code (by name)    |
// | with_condition.hpp           | `WithCondition`: a condition that is embedded once for a body       |

#include "eigenerate/layers/affine_map.hpp"
#include "eigenerate/layers/any_layer.hpp"
#include "eigenerate/layers/any_sequential.hpp"
#include "eigenerate/layers/append_parameter.hpp"
#include "eigenerate/layers/average_pool.hpp"
#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/concat.hpp"
#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/conv_transpose2d.hpp"
#include "eigenerate/layers/cutout.hpp"
#include "eigenerate/layers/dropout.hpp"
#include "eigenerate/layers/element_map.hpp"
#include "eigenerate/layers/elementwise.hpp"
#include "eigenerate/layers/elu.hpp"
#include "eigenerate/layers/flatten.hpp"
#include "eigenerate/layers/gelu.hpp"
#include "eigenerate/layers/height_width.hpp"
#include "eigenerate/layers/identity.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/instance_noise.hpp"
#include "eigenerate/layers/join_condition.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/layer_norm.hpp"
#include "eigenerate/layers/layer_sequence.hpp"
#include "eigenerate/layers/leaky_relu.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/masked_linear.hpp"
#include "eigenerate/layers/max_pool.hpp"
#include "eigenerate/layers/maxout.hpp"
#include "eigenerate/layers/minibatch_discrimination.hpp"
#include "eigenerate/layers/minibatch_std.hpp"
#include "eigenerate/layers/modulate.hpp"
#include "eigenerate/layers/pack_channels.hpp"
#include "eigenerate/layers/pass.hpp"
#include "eigenerate/layers/place.hpp"
#include "eigenerate/layers/plan.hpp"
#include "eigenerate/layers/pooling_window.hpp"
#include "eigenerate/layers/prediction_step.hpp"
#include "eigenerate/layers/prediction_steps.hpp"
#include "eigenerate/layers/project_condition.hpp"
#include "eigenerate/layers/random_brightness.hpp"
#include "eigenerate/layers/random_translation.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/reshape.hpp"
#include "eigenerate/layers/residual.hpp"
#include "eigenerate/layers/select_channels.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/sigmoid.hpp"
#include "eigenerate/layers/silu.hpp"
#include "eigenerate/layers/softplus.hpp"
#include "eigenerate/layers/spectral_norm.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/layers/upsample.hpp"
#include "eigenerate/layers/with_condition.hpp"

#include "eigenerate/layers/detail/held.hpp"
