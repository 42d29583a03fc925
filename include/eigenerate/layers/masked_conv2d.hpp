#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/affine_map.hpp"
#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/detail/convolution_plan.hpp"
#include "eigenerate/layers/detail/require_channels.hpp"
#include "eigenerate/layers/infer.hpp"

namespace eigenerate {

/// The window of a `MaskedConv2d`.
struct MaskedConv2dOptions {
  HeightWidth kernel = 3;  ///< odd, so that a window has a center
  /// Whether a pixel sees itself, as it may behind a first layer in which it does not: the masks B and A.
  bool sees_center = true;
  bool bias = true;
};

/// A `Conv2d` of stride 1 that keeps the size of images and in which a pixel sees only those before it, row
/// by row: `y = x ∗ (M ∘ w) + b`, what autoregressive networks of images are made of.
///
/// The mask M is zero where the window reaches behind its center, and at the center unless `sees_center`. It
/// is the same for all channels.
///
/// **Shapes** x: in×H×W per sample, y: out×H×W. w: PyTorch's (out, in, kh, kw), in memory a (kh·kw·in) × out
/// column-major matrix; b: out. `in` may be left open.
/// **Backward** as `Conv2d`, with M ∘ w for w and `dw += M ∘ (patches(x) dyᵀ)`: what is masked stays as it
/// was initialised.
/// **Cost** that of `Conv2d`, by the zeros of the mask too, and three passes over the weight.
/// **Init** uniform in ±1/√(in·kh·kw) for both, as PyTorch's `Conv2d`.
/// **Errors** `ConfigError` for sizes below 1 and an even kernel, `ShapeError` for other channels.
/// **Source** van den Oord, Kalchbrenner & Kavukcuoglu 2016 (PixelRNN), section 3.4; channels are not ordered
/// within a pixel.
struct MaskedConv2d : AffineMap<MaskedConv2d> {
  Index in_channels;
  Index out_channels;
  MaskedConv2dOptions options;

  MaskedConv2d(Index in_channels_, Index out_channels_, MaskedConv2dOptions options_ = {})
      : in_channels(in_channels_), out_channels(out_channels_), options(options_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  bool has_bias() const { return options.bias; }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y, const kernels::Epilogue<S>& epilogue) const {
    kernels::convolution_forward(y.data(), x.data(), masked_weight(pass), epilogue, geometry(*pass.plan),
                                 pass.batch, pass.precision);
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx,
                        const kernels::Epilogue<S>& epilogue) const {
    kernels::convolution_input_gradient(dx.data(), dy.data(), masked_weight(pass), epilogue,
                                        geometry(*pass.plan), pass.batch, pass.scratch_slot(Scratch::patches),
                                        pass.precision);
  }
  template <Scalar S>
  void add_weight_gradient(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    S* const full = pass.scratch_slot(Scratch::weight);
    std::fill_n(full, weight_size(pass), S(0));
    kernels::convolution_weight_gradient(full, x.data(), dy.data(), geometry(*pass.plan), pass.batch,
                                         pass.precision);
    S* const sum = pass.gradient(Parameter::weight);
    for_each_seen(pass, [&](Index at) { sum[at] += full[at]; });
  }

  /// A `Conv2d` whose weight is masked once for all.
  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    const Conv2d whole = unmasked();
    const LayerPlan plan = whole.plan(pass.plan->input, Place(pass.plan->path));
    AlignedArray<S> parameters(plan.parameter_size);
    std::copy_n(pass.parameters, plan.parameter_size, parameters.data());
    std::copy_n(masked_weight(pass), weight_size(pass),
                parameters.data() + plan.parameters[Parameter::weight].offset);
    Pass<S> masked = pass;
    masked.plan = &plan;
    masked.parameters = parameters.data();
    return whole.add_steps(masked, steps);
  }

 private:
  // A block of patches, see `add_convolution_scratch`; the masked weight, or its gradient before it is
  // masked.
  struct Scratch {
    enum : Index { patches, weight };
  };

  /// The same convolution without the mask.
  Conv2d unmasked() const {
    const HeightWidth& kernel = options.kernel;
    return {in_channels,
            out_channels,
            {.kernel = kernel, .padding = {kernel.height / 2, kernel.width / 2}, .bias = options.bias}};
  }
  kernels::ConvolutionGeometry geometry(const LayerPlan& plan) const {
    const Shape &in = plan.input, &out = plan.output;
    const HeightWidth& kernel = options.kernel;
    return {in.channels,  in.height, in.width, out.channels,      out.height,      out.width, kernel.height,
            kernel.width, 1,         1,        kernel.height / 2, kernel.width / 2};
  }

  template <Scalar S>
  static Index weight_size(const Pass<S>& pass) {
    return pass.plan->parameters[Parameter::weight].size;
  }
  /// The mask keeps the beginning of every output's window.
  template <Scalar S, class F>
  void for_each_seen(const Pass<S>& pass, const F& f) const {
    const Index window = weight_size(pass) / out_channels, in = pass.plan->input.channels;
    const auto& [height, width] = options.kernel;
    const Index seen = in * (height / 2 * width + width / 2 + (options.sees_center ? 1 : 0));
    for (Index o = 0; o < out_channels; ++o)
      for (Index i = 0; i < seen; ++i) f(window * o + i);
  }
  template <Scalar S>
  const S* masked_weight(const Pass<S>& pass) const {
    S* const masked = pass.scratch_slot(Scratch::weight);
    const S* const weight = pass.parameter(Parameter::weight);
    std::fill_n(masked, weight_size(pass), S(0));
    for_each_seen(pass, [&](Index at) { masked[at] = weight[at]; });
    return masked;
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan MaskedConv2d::plan(const Shape& input, const Place& place) const {
  const HeightWidth& kernel = options.kernel;
  const Index in = detail::width_of(in_channels, input.channels);
  detail::require_convolution(place, "MaskedConv2d", in, out_channels, kernel, 1, 0);
  if (kernel.height % 2 == 0 || kernel.width % 2 == 0)
    fail<ConfigError>("{} (MaskedConv2d): the window needs a center, got an even kernel {}", place,
                      to_string(kernel));
  detail::require_channels(place, "MaskedConv2d", in, input);
  LayerPlan plan(place, "MaskedConv2d", input, {out_channels, input.height, input.width});
  detail::add_convolution_parameters(plan, out_channels, in, kernel, options.bias ? out_channels : 0);
  plan.applies_activations = true;
  plan.multiply_adds = capped_product(plan.parameters[Parameter::weight].size, plan.output.pixels());
  detail::add_convolution_scratch(plan, geometry(plan));
  plan.scratch.add({0, plan.parameters[Parameter::weight].size});
  return plan;
}

#endif

}  // namespace eigenerate
