#pragma once
// What the plans of Conv2d and ConvTranspose2d have in common.

#include <algorithm>
#include <cmath>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/height_width.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate::detail {

/// Throws `ConfigError` for sizes that no convolution can have.
void require_convolution(const Place& place, std::string_view kind, Index in_channels, Index out_channels,
                         const HeightWidth& kernel, const HeightWidth& stride, const HeightWidth& padding);

/// The same for groups that do not divide the channels of both sides, and for a dilation below 1;
/// `ShapeError` where the channels that they do not divide are the input's, left open by the layer.
void require_groups(const Place& place, std::string_view kind, Index in_channels, Index out_channels,
                    const HeightWidth& dilation, Index groups, const Shape& input);

/// What a window spans, with the gaps of its dilation.
constexpr HeightWidth dilated(const HeightWidth& kernel, const HeightWidth& dilation) {
  return {dilation.height * (kernel.height - 1) + 1, dilation.width * (kernel.width - 1) + 1};
}

/// Declares the weight, which a convolution with geometry `g` sees as a (kh·kw·in) × out matrix, and the
/// bias, both uniform in ±1/√fan_in. PyTorch's weight is (`first`, `second`, kh, kw); ours has `second`
/// innermost.
void add_convolution_parameters(LayerPlan& plan, Index first, Index second, const HeightWidth& kernel,
                                Index bias);

/// Scratch of the convolution kernels: a bounded block of patches, not those of the whole batch, so that it
/// suffices for every capacity.
void add_convolution_scratch(LayerPlan& plan, const kernels::ConvolutionGeometry& g);
void add_convolution_scratch(LayerPlan& plan, const kernels::GroupedGeometry& g);

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE void require_convolution(const Place& place, std::string_view kind, Index in_channels,
                                           Index out_channels, const HeightWidth& kernel,
                                           const HeightWidth& stride, const HeightWidth& padding) {
  if (in_channels < 1 || out_channels < 1)
    fail<ConfigError>("{} ({}): needs at least one input and one output channel, got {} and {}", place, kind,
                      in_channels, out_channels);
  if (std::min({kernel.height, kernel.width, stride.height, stride.width}) < 1)
    fail<ConfigError>("{} ({}): kernel and stride must be at least 1, got kernel {} and stride {}", place,
                      kind, to_string(kernel), to_string(stride));
  if (std::min(padding.height, padding.width) < 0)
    fail<ConfigError>("{} ({}): padding must not be negative, got {}", place, kind, to_string(padding));
  if (std::max({kernel.height, kernel.width, stride.height, stride.width, padding.height, padding.width}) >
      max_factor)
    fail<ConfigError>("{} ({}): kernel, stride and padding must be at most {}, got {}, {} and {}", place,
                      kind, max_factor, to_string(kernel), to_string(stride), to_string(padding));
}

EIGENERATE_INLINE void require_groups(const Place& place, std::string_view kind, Index in_channels,
                                      Index out_channels, const HeightWidth& dilation, Index groups,
                                      const Shape& input) {
  const bool open = in_channels == infer;
  if (groups < 1 || out_channels % groups != 0 || (!open && in_channels % groups != 0))
    fail<ConfigError>("{} ({}): needs groups that divide {} input and {} output channels, got {}", place,
                      kind, width_of(in_channels, input.channels), out_channels, groups);
  if (open && input.channels % groups != 0)
    fail_input(place, kind, format_message("of channels that {} groups divide", groups), input);
  if (std::min(dilation.height, dilation.width) < 1 || std::max(dilation.height, dilation.width) > max_factor)
    fail<ConfigError>("{} ({}): dilation must be in [1, {}], got {}", place, kind, max_factor,
                      to_string(dilation));
}

EIGENERATE_INLINE void add_convolution_parameters(LayerPlan& plan, Index first, Index second,
                                                  const HeightWidth& kernel, Index bias) {
  const Index window = kernel.height * kernel.width;
  auto& weight =
      plan.add_parameter("weight", Role::weight, {first, second, kernel.height, kernel.width}, {0, 2, 3, 1});
  const double bound = 1 / std::sqrt(static_cast<double>(second * window));
  weight.fan_in = second * window;
  weight.fan_out = first * window;
  weight.initial_bound = bound;
  if (bias > 0) plan.add_parameter("bias", Role::bias, {bias}).initial_bound = bound;
}

inline constexpr Index any_batch = Index{1} << 24;  // more rows than a block has

EIGENERATE_INLINE void add_convolution_scratch(LayerPlan& plan, const kernels::ConvolutionGeometry& g) {
  plan.scratch.add({0, std::max(kernels::convolution_scratch_size<float>(g, any_batch),
                                kernels::convolution_scratch_size<double>(g, any_batch))});
}

EIGENERATE_INLINE void add_convolution_scratch(LayerPlan& plan, const kernels::GroupedGeometry& g) {
  plan.scratch.add({0, kernels::grouped_convolution_scratch_size(g, any_batch)});
}

#endif

}  // namespace eigenerate::detail
