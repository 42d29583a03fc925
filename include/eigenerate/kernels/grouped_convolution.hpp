#pragma once
// Convolutions of groups of channels that do not see each other, and of windows with gaps ("dilated" ones):
// by a matrix of patches, a block at a time, and a product for each group; depthwise ones without either.
//
// The layouts are those of convolution.hpp, with the weight as a (kernel_h·kernel_w·in_channels / groups) ×
// out_channels matrix: the columns of a group stand side by side, as do its channels in a pixel. A transposed
// convolution is the adjoint, as there. What has one group and no gaps is faster there.

#include <type_traits>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/precision.hpp"
#include "eigenerate/kernels/grouped_geometry.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// Elements of scratch that each function below needs: those of a depthwise weight; else about a quarter of a
/// million, or the patches of one row of the output if these are more. Capped as `capped_product`.
[[nodiscard]] Index grouped_convolution_scratch_size(const GroupedGeometry& g, Index batch) noexcept;

/// As `convolution_forward`, with shapes, cost and error bound of one group's patch.
template <class S>
void grouped_convolution_forward(S* y, const S* x, const S* w,
                                 const std::type_identity_t<Epilogue<S>>& epilogue, const GroupedGeometry& g,
                                 Index batch, S* scratch,
                                 MatmulPrecision precision = MatmulPrecision::highest) noexcept;

/// As `convolution_input_gradient`, likewise.
template <class S>
void grouped_convolution_input_gradient(S* dx, const S* dy, const S* w,
                                        const std::type_identity_t<Epilogue<S>>& epilogue,
                                        const GroupedGeometry& g, Index batch, S* scratch,
                                        MatmulPrecision precision = MatmulPrecision::highest) noexcept;

/// As `convolution_weight_gradient`, likewise.
template <class S>
void grouped_convolution_weight_gradient(S* dw, const S* x, const S* dy, const GroupedGeometry& g,
                                         Index batch, S* scratch,
                                         MatmulPrecision precision = MatmulPrecision::highest) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/depthwise_convolution.hpp"
#include "eigenerate/kernels/gemm.hpp"
#include "eigenerate/kernels/patches.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Rows of the output, counted through the batch, whose patches are held at a time.
struct OutputRows {
  Index begin, end;
};

/// Calls f(rows) for all rows of the output, block by block.
template <class F>
void for_each_block_of_rows(const GroupedGeometry& g, Index batch, const F& f) noexcept {
  const Index rows = g.out_height * batch, step = rows_per_chunk(g, batch);
  for (Index begin = 0; begin < rows; begin += step) f(OutputRows{begin, std::min(begin + step, rows)});
}

/// The patches of these rows, one column after another: each group by group, as its weight is.
template <class S>
void gather_patches(S* patches, const S* x, const OutputRows& rows, const GroupedGeometry& g) noexcept {
  const Index in = g.group_in();
  for_ranges(rows.end - rows.begin, g.out_width * g.patch_size(), [&](Index first, Index last) {
    S* patch = patches + first * g.out_width * g.patch_size();
    for (Index row = rows.begin + first; row < rows.begin + last; ++row)
      for (Index ow = 0; ow < g.out_width; ++ow, patch += g.patch_size())
        for (Index kh = 0; kh < g.kernel_h; ++kh)
          for (Index kw = 0; kw < g.kernel_w; ++kw) {
            const Index ih = row % g.out_height * g.stride_h + kh * g.dilation_h - g.pad_h;
            const Index iw = ow * g.stride_w + kw * g.dilation_w - g.pad_w;
            const bool outside = ih < 0 || ih >= g.in_height || iw < 0 || iw >= g.in_width;
            const Index sample = row / g.out_height;
            S* to = patch + (kh * g.kernel_w + kw) * in;
            for (Index group = 0; group < g.groups; ++group, to += g.group_patch()) {
              if (outside)
                std::fill_n(to, in, S(0));
              else
                copy_run(to, x + ((sample * g.in_height + ih) * g.in_width + iw) * g.in_channels + group * in,
                         in);
            }
          }
  });
}

/// dx += the adjoint of `gather_patches`. Each pixel of dx collects its terms, in the order of the kernel.
template <class S>
void add_patches(S* dx, const S* patches, const OutputRows& rows, const GroupedGeometry& g) noexcept {
  const Index in = g.group_in(), first_row = rows.begin / g.out_height * g.in_height;
  const Index last_row = ((rows.end - 1) / g.out_height + 1) * g.in_height;
  const auto add_to_pixel = [&](S* pixel, const S* patch, Index element) {
    for (Index group = 0; group < g.groups; ++group)
      for (Index c = 0; c < in; ++c)
        pixel[group * in + c] += patch[group * g.group_patch() + element * in + c];
  };
  for_ranges(last_row - first_row, g.in_width * g.patch_size(), [&](Index first, Index last) {
    for (Index in_row = first_row + first; in_row < first_row + last; ++in_row)
      for (Index kh = 0; kh < g.kernel_h; ++kh) {
        const Index oh = g.window_row(in_row % g.in_height, kh);
        const Index row = in_row / g.in_height * g.out_height + oh;
        if (oh < 0 || row < rows.begin || row >= rows.end) continue;
        for (Index iw = 0; iw < g.in_width; ++iw)
          for (Index kw = 0; kw < g.kernel_w; ++kw) {
            const Index ow = g.window_column(iw, kw);
            if (ow >= 0)
              add_to_pixel(dx + (in_row * g.in_width + iw) * g.in_channels,
                           patches + ((row - rows.begin) * g.out_width + ow) * g.patch_size(),
                           kh * g.kernel_w + kw);
          }
      }
  });
}

/// Where one group's product of a block of rows begins in each array, and how many pixels it has.
struct GroupBlock {
  Index pixels;
  Index channel;  ///< of the output; there begins the bias too
  Index output;   ///< group_out × pixels, out_channels apart
  Index weight;   ///< group_patch × group_out
  Index patches;  ///< group_patch × pixels, patch_size apart
};

template <class F>
void for_each_group(const GroupedGeometry& g, const OutputRows& rows, const F& f) noexcept {
  for (Index group = 0; group < g.groups; ++group) {
    const Index channel = group * g.group_out(), patch = g.group_patch();
    f(GroupBlock{(rows.end - rows.begin) * g.out_width, channel,
                 rows.begin * g.out_width * g.out_channels + channel, channel * patch, group * patch});
  }
}

}  // namespace detail

EIGENERATE_INLINE Index grouped_convolution_scratch_size(const GroupedGeometry& g, Index batch) noexcept {
  if (g.is_depthwise()) return g.patch_size();
  return capped_product(detail::rows_per_chunk(g, batch), capped_product(g.out_width, g.patch_size()));
}

template <class S>
void grouped_convolution_forward(S* y, const S* x, const S* w,
                                 const std::type_identity_t<Epilogue<S>>& epilogue, const GroupedGeometry& g,
                                 Index batch, S* scratch, MatmulPrecision precision) noexcept {
  if (g.is_depthwise()) {
    detail::fill_columns(y, epilogue.bias, g.out_channels, g.out_height * g.out_width * batch);
    detail::depthwise_forward(y, x, w, g, batch, scratch);
    return detail::activate(y, epilogue, g.out_size() * batch);
  }
  using enum Transpose;
  const auto behind = [](const S* data, Index offset) { return data == nullptr ? nullptr : data + offset; };
  detail::for_each_block_of_rows(g, batch, [&](const detail::OutputRows& rows) {
    detail::gather_patches(scratch, x, rows, g);
    detail::for_each_group(g, rows, [&](const detail::GroupBlock& of) {
      gemm(y + of.output, g.out_channels, w + of.weight, g.group_patch(), Yes, scratch + of.patches,
           g.patch_size(), No, g.group_out(), of.pixels, g.group_patch(), S(0),
           {behind(epilogue.bias, of.channel), epilogue.activation, behind(epilogue.activated, of.output)},
           precision);
    });
  });
}

template <class S>
void grouped_convolution_input_gradient(S* dx, const S* dy, const S* w,
                                        const std::type_identity_t<Epilogue<S>>& epilogue,
                                        const GroupedGeometry& g, Index batch, S* scratch,
                                        MatmulPrecision precision) noexcept {
  using enum Transpose;
  detail::fill_columns(dx, epilogue.bias, g.in_channels, g.in_height * g.in_width * batch);
  if (g.is_depthwise()) {
    detail::depthwise_input_gradient(dx, dy, w, g, batch, scratch);
    return detail::activate(dx, epilogue, g.in_size() * batch);
  }
  detail::for_each_block_of_rows(g, batch, [&](const detail::OutputRows& rows) {
    detail::for_each_group(g, rows, [&](const detail::GroupBlock& of) {
      gemm(scratch + of.patches, g.patch_size(), w + of.weight, g.group_patch(), No, dy + of.output,
           g.out_channels, No, g.group_patch(), of.pixels, g.group_out(), S(0), {}, precision);
    });
    detail::add_patches(dx, scratch, rows, g);
  });
  detail::activate(dx, epilogue, g.in_size() * batch);
}

template <class S>
void grouped_convolution_weight_gradient(S* dw, const S* x, const S* dy, const GroupedGeometry& g,
                                         Index batch, S* scratch, MatmulPrecision precision) noexcept {
  if (g.is_depthwise()) return detail::depthwise_weight_gradient(dw, x, dy, g, batch);
  using enum Transpose;
  detail::for_each_block_of_rows(g, batch, [&](const detail::OutputRows& rows) {
    detail::gather_patches(scratch, x, rows, g);
    detail::for_each_group(g, rows, [&](const detail::GroupBlock& of) {
      gemm(dw + of.weight, g.group_patch(), scratch + of.patches, g.patch_size(), No, dy + of.output,
           g.out_channels, Yes, g.group_patch(), g.group_out(), of.pixels, S(1), {}, precision);
    });
  });
}

EIGENERATE_INSTANTIATE(grouped_convolution_forward)
EIGENERATE_INSTANTIATE(grouped_convolution_input_gradient)
EIGENERATE_INSTANTIATE(grouped_convolution_weight_gradient)

}  // namespace eigenerate::kernels

#endif
