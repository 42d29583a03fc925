#pragma once

#include <cstdint>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/affine_map.hpp"
#include "eigenerate/layers/detail/convolution_plan.hpp"
#include "eigenerate/layers/detail/require_channels.hpp"
#include "eigenerate/layers/infer.hpp"

namespace eigenerate {

/// The window of a `ConvTranspose2d`; each extent is one number or {vertical, horizontal}.
struct ConvTranspose2dOptions {
  HeightWidth kernel = 3;
  HeightWidth stride = 1;
  HeightWidth padding = 0;         ///< rows and columns cut off every side of the output
  HeightWidth output_padding = 0;  ///< rows and columns that the output gains below and to the right
  bool bias = true;
  HeightWidth dilation = 1;  ///< from one row and column of the window to the next
  Index groups = 1;          ///< of channels that see each other alone
};

/// Transposed convolution (PyTorch's `ConvTranspose2d`): the adjoint of the `Conv2d` with the same window
/// that maps out channels to in channels, plus a bias.
///
/// That convolution gives the same output for up to `stride` input sizes; `output_padding` chooses among
/// them.
///
/// **Shapes** x: in×H×W per sample, y: out×H'×W' with H' = (H − 1)·stride − 2·padding + dilation·(kernel −
/// 1) + 1 + output_padding and W' alike. w: PyTorch's (in, out / groups, kh, kw), in memory a (kh·kw·out /
/// groups) × in column-major matrix; b: out. `in` may be left open: `ConvTranspose2d{infer, out}`.
/// **Backward** `dx = dy ∗ w`, `dw += patches(dy) xᵀ`, `db += Σ_{batch, pixels} dy`.
/// **Cost** 2·kh·kw·in·out·H·W·B / groups flops for each of forward, dx and dw; scratch, groups and dilations
/// as Conv2d.
/// **Init** uniform in ±1/√(out·kh·kw / groups) for both. PyTorch takes the second extent of the weight, here
/// `out / groups`, for the fan-in, and so do all initialisers.
/// **Errors** `ConfigError` for sizes below 1, negative paddings, an output padding not below the stride, and
/// groups that do not divide the channels of both sides; `ShapeError` for other channels and for an output
/// without pixels.
struct ConvTranspose2d : AffineMap<ConvTranspose2d> {
  Index in_channels;
  Index out_channels;
  ConvTranspose2dOptions options;

  ConvTranspose2d(Index in_channels_, Index out_channels_, ConvTranspose2dOptions options_ = {})
      : in_channels(in_channels_), out_channels(out_channels_), options(options_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  bool has_bias() const { return options.bias; }
  static constexpr bool folds = true;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y, const kernels::Epilogue<S>& epilogue,
             const kernels::PackedConvolution<S>& packed = {}) const {
    const S* const w = pass.parameter(Parameter::weight);
    S* const patches = pass.scratch_slot(Scratch::patches);
    if (is_grouped())
      return kernels::grouped_convolution_input_gradient(y.data(), x.data(), w, epilogue, grouped(*pass.plan),
                                                         pass.batch, patches, pass.precision);
    kernels::convolution_input_gradient(y.data(), x.data(), w, epilogue, geometry(*pass.plan), pass.batch,
                                        patches, pass.precision, packed);
  }
  template <Scalar S>
  kernels::PackedConvolution<S> pack_weight(const Pass<S>& pass, const S* weight) const {
    if (is_grouped()) return {};
    return {kernels::ConvolutionPass::InputGradient, weight, geometry(*pass.plan), pass.precision};
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx,
                        const kernels::Epilogue<S>& epilogue) const {
    const S* const w = pass.parameter(Parameter::weight);
    if (is_grouped())
      return kernels::grouped_convolution_forward(dx.data(), dy.data(), w, epilogue, grouped(*pass.plan),
                                                  pass.batch, pass.scratch_slot(Scratch::patches),
                                                  pass.precision);
    kernels::convolution_forward(dx.data(), dy.data(), w, epilogue, geometry(*pass.plan), pass.batch,
                                 pass.precision);
  }
  template <Scalar S>
  void add_weight_gradient(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    S* const dw = pass.gradient(Parameter::weight);
    if (is_grouped())
      return kernels::grouped_convolution_weight_gradient(dw, dy.data(), x.data(), grouped(*pass.plan),
                                                          pass.batch, pass.scratch_slot(Scratch::patches),
                                                          pass.precision);
    kernels::convolution_weight_gradient(dw, dy.data(), x.data(), geometry(*pass.plan), pass.batch,
                                         pass.precision);
  }

  /// With groups none, as `Conv2d`.
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
  /// Of the convolution whose adjoint this layer is: from our output to our input.
  kernels::ConvolutionGeometry geometry(const LayerPlan& plan) const;
  kernels::GroupedGeometry grouped(const LayerPlan& plan) const {
    return {geometry(plan), options.dilation.height, options.dilation.width, options.groups};
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan ConvTranspose2d::plan(const Shape& input, const Place& place) const {
  const auto& [kernel, stride, padding, extra, bias, dilation, groups] = options;
  const Index in = detail::width_of(in_channels, input.channels);
  detail::require_convolution(place, "ConvTranspose2d", in, out_channels, kernel, stride, padding);
  detail::require_groups(place, "ConvTranspose2d", in_channels, out_channels, dilation, groups, input);
  if (extra.height < 0 || extra.width < 0 || extra.height >= stride.height || extra.width >= stride.width)
    fail<ConfigError>(
        "{} (ConvTranspose2d): output_padding must be at least 0 and below the stride, got {} and "
        "stride {}",
        place, to_string(extra), to_string(stride));
  detail::require_channels(place, "ConvTranspose2d", in, input);
  const auto extent = [](std::int64_t pixels, Index step, Index pad, Index window, Index more) {
    return capped((pixels - 1) * step - 2 * pad + window + more);
  };
  const HeightWidth window = detail::dilated(kernel, dilation);
  const Shape output{out_channels,
                     extent(input.height, stride.height, padding.height, window.height, extra.height),
                     extent(input.width, stride.width, padding.width, window.width, extra.width)};
  if (output.height < 1 || output.width < 1)
    fail_input(
        place, "ConvTranspose2d",
        format_message("of which a padding of {} leaves at least one pixel of output", to_string(padding)),
        input);
  LayerPlan plan(place, "ConvTranspose2d", input, output);
  detail::add_convolution_parameters(plan, in, out_channels / groups, kernel, bias ? out_channels : 0);
  plan.parameters[Parameter::weight].output_dimension = 1;
  plan.applies_activations = true;
  plan.multiply_adds = capped_product(plan.parameters[Parameter::weight].size, input.pixels());
  if (is_grouped())
    detail::add_convolution_scratch(plan, grouped(plan));
  else
    detail::add_convolution_scratch(plan, geometry(plan));
  return plan;
}

EIGENERATE_INLINE kernels::ConvolutionGeometry ConvTranspose2d::geometry(const LayerPlan& plan) const {
  return {plan.output.channels,  plan.output.height,   plan.output.width,      plan.input.channels,
          plan.input.height,     plan.input.width,     options.kernel.height,  options.kernel.width,
          options.stride.height, options.stride.width, options.padding.height, options.padding.width};
}

#endif

}  // namespace eigenerate
