#pragma once

#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/affine_map.hpp"
#include "eigenerate/layers/detail/convolution_plan.hpp"
#include "eigenerate/layers/detail/require_channels.hpp"
#include "eigenerate/layers/infer.hpp"

namespace eigenerate {

/// The window of a `Conv2d`; each extent is one number or {vertical, horizontal}.
struct Conv2dOptions {
  HeightWidth kernel = 3;
  HeightWidth stride = 1;
  HeightWidth padding = 0;  ///< rows and columns of zeros on every side
  bool bias = true;
  HeightWidth dilation = 1;  ///< from one row and column that the window sees to the next
  Index groups = 1;          ///< of channels that see each other alone; as many as channels: depthwise
};

/// Two-dimensional convolution (cross-correlation, as PyTorch's `Conv2d`), `y = x ∗ w + b`.
///
/// **Shapes** x: in×H×W per sample, y: out×H'×W' with H' = ⌊(H + 2·padding − dilation·(kernel − 1) − 1) /
/// stride⌋ + 1 and W' alike. w: PyTorch's (out, in / groups, kh, kw), in memory a (kh·kw·in / groups) × out
/// column-major matrix; b: out. `in` may be left open: `Conv2d{infer, out}`.
/// **Backward** `dx = ` the adjoint convolution of dy, `dw += patches(x) dyᵀ`, `db += Σ_{batch, pixels} dy`.
/// **Cost** 2·kh·kw·in·out·H'·W'·B / groups flops for each of forward, dx and dw; scratch for about half a
/// million scalars of patches, whatever the batch. With a dilation or few groups patches are copied too, and
/// it takes as long as one group without gaps would; a depthwise convolution a fortieth of that.
/// **Init** uniform in ±1/√(in·kh·kw / groups) for both, as PyTorch.
/// **Errors** `ConfigError` for sizes below 1, negative padding, and groups that do not divide the channels
/// of both sides; `ShapeError` for other channels and for a window larger than the padded input.
struct Conv2d : AffineMap<Conv2d> {
  Index in_channels;
  Index out_channels;
  Conv2dOptions options;

  Conv2d(Index in_channels_, Index out_channels_, Conv2dOptions options_ = {})
      : in_channels(in_channels_), out_channels(out_channels_), options(options_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  bool has_bias() const { return options.bias; }
  static constexpr bool folds = true;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y, const kernels::Epilogue<S>& epilogue,
             const kernels::PackedConvolution<S>& packed = {}) const {
    const S* const w = pass.parameter(Parameter::weight);
    if (is_grouped())
      return kernels::grouped_convolution_forward(y.data(), x.data(), w, epilogue, grouped(*pass.plan),
                                                  pass.batch, pass.scratch_slot(Scratch::patches),
                                                  pass.precision);
    kernels::convolution_forward(y.data(), x.data(), w, epilogue, geometry(*pass.plan), pass.batch,
                                 pass.precision, packed);
  }
  template <Scalar S>
  kernels::PackedConvolution<S> pack_weight(const Pass<S>& pass, const S* weight) const {
    if (is_grouped()) return {};
    return {kernels::ConvolutionPass::Forward, weight, geometry(*pass.plan), pass.precision};
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx,
                        const kernels::Epilogue<S>& epilogue) const {
    const S* const w = pass.parameter(Parameter::weight);
    S* const patches = pass.scratch_slot(Scratch::patches);
    if (is_grouped())
      return kernels::grouped_convolution_input_gradient(
          dx.data(), dy.data(), w, epilogue, grouped(*pass.plan), pass.batch, patches, pass.precision);
    kernels::convolution_input_gradient(dx.data(), dy.data(), w, epilogue, geometry(*pass.plan), pass.batch,
                                        patches, pass.precision);
  }
  template <Scalar S>
  void add_weight_gradient(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    S* const dw = pass.gradient(Parameter::weight);
    if (is_grouped())
      return kernels::grouped_convolution_weight_gradient(dw, x.data(), dy.data(), grouped(*pass.plan),
                                                          pass.batch, pass.scratch_slot(Scratch::patches),
                                                          pass.precision);
    kernels::convolution_weight_gradient(dw, x.data(), dy.data(), geometry(*pass.plan), pass.batch,
                                         pass.precision);
  }

  /// With groups none: what moves outputs would have to move the inputs that they see.
  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    return options.groups == 1 && AffineMap::add_steps(pass, steps);
  }

 private:
  // A block of patches, see `add_convolution_scratch`.
  struct Scratch {
    enum : Index { patches };
  };

  /// Whether its kernels are those of groups and dilations.
  bool is_grouped() const { return options.groups > 1 || options.dilation != HeightWidth{1}; }
  kernels::ConvolutionGeometry geometry(const LayerPlan& plan) const;
  kernels::GroupedGeometry grouped(const LayerPlan& plan) const {
    return {geometry(plan), options.dilation.height, options.dilation.width, options.groups};
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Conv2d::plan(const Shape& input, const Place& place) const {
  const auto& [kernel, stride, padding, bias, dilation, groups] = options;
  const Index in = detail::width_of(in_channels, input.channels);
  detail::require_convolution(place, "Conv2d", in, out_channels, kernel, stride, padding);
  detail::require_groups(place, "Conv2d", in_channels, out_channels, dilation, groups, input);
  detail::require_channels(place, "Conv2d", in, input);
  const HeightWidth window = detail::dilated(kernel, dilation);
  const HeightWidth room{input.height + 2 * padding.height - window.height,
                         input.width + 2 * padding.width - window.width};
  if (room.height < 0 || room.width < 0)
    fail_input(
        place, "Conv2d",
        format_message("of at least {} pixels with its padding of {}", to_string(window), to_string(padding)),
        input);
  LayerPlan plan(place, "Conv2d", input,
                 {out_channels, room.height / stride.height + 1, room.width / stride.width + 1});
  detail::add_convolution_parameters(plan, out_channels, in / groups, kernel, bias ? out_channels : 0);
  plan.applies_activations = true;
  plan.multiply_adds = capped_product(plan.parameters[Parameter::weight].size, plan.output.pixels());
  if (is_grouped())
    detail::add_convolution_scratch(plan, grouped(plan));
  else
    detail::add_convolution_scratch(plan, geometry(plan));
  return plan;
}

EIGENERATE_INLINE kernels::ConvolutionGeometry Conv2d::geometry(const LayerPlan& plan) const {
  return {plan.input.channels,   plan.input.height,    plan.input.width,       plan.output.channels,
          plan.output.height,    plan.output.width,    options.kernel.height,  options.kernel.width,
          options.stride.height, options.stride.width, options.padding.height, options.padding.width};
}

#endif

}  // namespace eigenerate
