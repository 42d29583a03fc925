#pragma once
// Moving between an image and its patches, the columns of the matrix that turns a convolution into a product.

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/dispatch.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Whether every pixel of x belongs to exactly one patch and lies in the order of the patches, so that x
/// already is the matrix of its patches: a 1×1 kernel, or one that covers the whole image.
constexpr bool input_is_patches(const ConvolutionGeometry& g) noexcept {
  const bool unpadded = g.pad_h == 0 && g.pad_w == 0;
  const bool pointwise = g.kernel_h == 1 && g.kernel_w == 1 && g.stride_h == 1 && g.stride_w == 1 &&
                         g.out_height == g.in_height && g.out_width == g.in_width;
  const bool covering =
      g.kernel_h == g.in_height && g.kernel_w == g.in_width && g.out_height == 1 && g.out_width == 1;
  return unpadded && (pointwise || covering);
}

/// The part [begin, end) of a kernel's extent that falls inside an image of `extent` pixels when the kernel
/// starts at pixel `first`.
struct KernelRange {
  Index begin, end;

  KernelRange(Index first, Index kernel, Index extent) noexcept
      : begin(std::clamp<Index>(-first, 0, kernel)), end(std::clamp<Index>(extent - first, begin, kernel)) {}
};

/// Copies a run of a patch. For the few channels of a photograph the price of calling memcpy would dominate.
template <class S>
void copy_run(S* to, const S* from, Index size) noexcept {
  if (size >= 16) {
    std::copy_n(from, size, to);
  } else {
    for (Index i = 0; i < size; ++i) to[i] = from[i];
  }
}
template <class S>
void clear_run(S* to, Index size) noexcept {
  for (Index i = 0; i < size; ++i) to[i] = S(0);
}

/// patches (patch_size × out_width) of row `oh` of the output, for one sample x.
template <class S>
void gather_row(S* patches, const S* x, Index oh, const ConvolutionGeometry& g) noexcept {
  const Index first_row = oh * g.stride_h - g.pad_h, kernel_row = g.kernel_w * g.in_channels;
  const KernelRange rows(first_row, g.kernel_h, g.in_height);
  for (Index ow = 0; ow < g.out_width; ++ow) {
    const Index first_col = ow * g.stride_w - g.pad_w;
    const KernelRange cols(first_col, g.kernel_w, g.in_width);
    const Index before = cols.begin * g.in_channels, inside = (cols.end - cols.begin) * g.in_channels;
    clear_run(patches, rows.begin * kernel_row);
    for (Index kh = rows.begin; kh < rows.end; ++kh) {
      S* const to = patches + kh * kernel_row;
      const S* const from = x + ((first_row + kh) * g.in_width + first_col + cols.begin) * g.in_channels;
      clear_run(to, before);
      copy_run(to + before, from, inside);
      clear_run(to + before + inside, kernel_row - before - inside);
    }
    clear_run(patches + rows.end * kernel_row, (g.kernel_h - rows.end) * kernel_row);
    patches += g.patch_size();
  }
}

/// patches (patch_size × (end − begin)·out_width) of the output rows [begin, end), counted through the whole
/// batch.
template <class S>
void gather_patches(S* patches, const S* x, Index begin, Index end, const ConvolutionGeometry& g) noexcept {
  const Index row_size = g.out_width * g.patch_size();
  for_ranges(end - begin, row_size, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      const Index sample = (begin + row) / g.out_height, oh = (begin + row) % g.out_height;
      gather_row(patches + row * row_size, x + sample * g.in_size(), oh, g);
    }
  });
}

/// Adds to row `ih` of one sample's dx what the patches of its output rows [begin, end) hold for it;
/// `patches` starts with row `begin`.
template <class S>
void scatter_row(S* dx, const S* patches, Index ih, Index begin, Index end,
                 const ConvolutionGeometry& g) noexcept {
  const auto& table = kernel_table<S>();
  const Index kernel_row = g.kernel_w * g.in_channels;
  for (Index kh = 0; kh < g.kernel_h; ++kh) {
    const Index offset = ih + g.pad_h - kh;
    if (offset < 0 || offset % g.stride_h != 0) continue;
    const Index oh = offset / g.stride_h;
    if (oh < begin || oh >= end) continue;
    for (Index ow = 0; ow < g.out_width; ++ow) {
      const Index first_col = ow * g.stride_w - g.pad_w;
      const KernelRange cols(first_col, g.kernel_w, g.in_width);
      const Index patch = ((oh - begin) * g.out_width + ow) * g.patch_size();
      table.add_to(dx + (ih * g.in_width + first_col + cols.begin) * g.in_channels,
                   patches + patch + kh * kernel_row + cols.begin * g.in_channels,
                   (cols.end - cols.begin) * g.in_channels);
    }
  }
}

/// dx += the adjoint of `gather_patches`. Each row of dx is one chunk of work, which collects its terms in a
/// fixed order: rows of the output overlap in dx, so that they could not be the chunks.
template <class S>
void scatter_patches(S* dx, const S* patches, Index begin, Index end, const ConvolutionGeometry& g) noexcept {
  if (begin == end) return;
  const auto clipped = [&](Index row) { return std::clamp<Index>(row, 0, g.in_height); };
  const Index first_sample = begin / g.out_height, last_sample = (end - 1) / g.out_height;
  const Index first = first_sample * g.in_height + clipped(begin % g.out_height * g.stride_h - g.pad_h);
  const Index last =
      last_sample * g.in_height + clipped((end - 1) % g.out_height * g.stride_h - g.pad_h + g.kernel_h);
  const Index row_size = g.out_width * g.patch_size(),
              terms = (end - begin) * row_size / std::max<Index>(1, last - first);
  for_ranges(last - first, terms, [&](Index range_begin, Index range_end) {
    for (Index row = first + range_begin; row < first + range_end; ++row) {
      const Index sample = row / g.in_height, sample_begin = sample * g.out_height;
      const Index from = std::max(begin, sample_begin), to = std::min(end, sample_begin + g.out_height);
      scatter_row(dx + sample * g.in_size(), patches + (from - begin) * row_size, row % g.in_height,
                  from - sample_begin, to - sample_begin, g);
    }
  });
}

/// dx (in_channels × pixels) = `bias` in every column, or zero.
template <class S>
void fill_columns(S* dx, const S* bias, Index channels, Index pixels) noexcept {
  for_ranges(pixels, channels, [&](Index begin, Index end) {
    if (bias == nullptr) {
      std::fill(dx + begin * channels, dx + end * channels, S(0));
    } else {
      for (Index p = begin; p < end; ++p) copy_run(dx + p * channels, bias, channels);
    }
  });
}

}  // namespace eigenerate::kernels::detail
