#pragma once
// Adding patches, the columns of the matrix that turns a convolution into a product, to an image.

#include <algorithm>
#include <cstdint>

#include "eigenerate/core/limits.hpp"
#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/dispatch.hpp"
#include "eigenerate/kernels/elementwise.hpp"
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

/// Rows of the output whose patches are held at a time: about 1 MiB of floats, which stay in the second level
/// of cache between product and use. The layers of a DCGAN run as fast with half of it, 5 % slower with twice
/// of it (one core of a Zen 4); less would repack the weight too often and leave too little between two
/// barriers.
constexpr Index rows_per_chunk(const ConvolutionGeometry& g, Index batch) noexcept {
  constexpr Index patch_elements = Index{1} << 18;
  const Index row = std::max<Index>(1, capped_product(g.patch_size(), g.out_width));
  // Neither factor needs to be more than the result for the product to be.
  const Index most = patch_elements / row;
  const std::int64_t rows = std::int64_t{std::min(g.out_height, most)} * std::min(batch, most);
  return std::max<Index>(1, static_cast<Index>(std::min<std::int64_t>(most, rows)));
}

/// Adds to a row of one sample's dx what a row of patches holds for it in row `kh` of the kernel.
template <class S>
void add_by_patches(S* dx_row, const S* patches, Index kh, const ConvolutionGeometry& g) noexcept {
  const auto& table = kernel_table<S>();
  for (Index ow = 0; ow < g.out_width; ++ow) {
    const Index first_col = ow * g.stride_w - g.pad_w;
    const KernelRange cols(first_col, g.kernel_w, g.in_width);
    table.add_to(dx_row + (first_col + cols.begin) * g.in_channels,
                 patches + ow * g.patch_size() + (kh * g.kernel_w + cols.begin) * g.in_channels,
                 (cols.end - cols.begin) * g.in_channels);
  }
}

/// The same to the bit, one element of the kernel after the other for all patches: neighbors among these
/// overlap in dx, and with one channel sums that wait for the store before them take twice as long.
template <class S>
void add_by_elements(S* dx_row, const S* patches, Index kh, const ConvolutionGeometry& g) noexcept {
  const Index step = g.stride_w * g.in_channels, size = g.patch_size();
  for (Index kw = g.kernel_w - 1; kw >= 0; --kw) {
    const Index col = kw - g.pad_w, room = g.in_width - 1 - col;  // of the first patch, and to its right
    const Index begin = col >= 0 ? 0 : divide_up(-col, g.stride_w);
    const Index end = room < 0 ? 0 : std::min(g.out_width, room / g.stride_w + 1);
    for (Index c = 0; c < g.in_channels; ++c) {
      S* const to = dx_row + col * g.in_channels + c;
      const S* const from = patches + (kh * g.kernel_w + kw) * g.in_channels + c;
      for (Index ow = begin; ow < end; ++ow) to[ow * step] += from[ow * size];
    }
  }
}

/// Adds to row `ih` of one sample's dx what the patches of its output rows [begin, end) hold for it;
/// `patches` starts with row `begin`.
template <class S>
void scatter_row(S* dx, const S* patches, Index ih, Index begin, Index end,
                 const ConvolutionGeometry& g) noexcept {
  constexpr Index few_channels = 2;  // with three, both ways take as long
  const auto add = g.in_channels <= few_channels ? add_by_elements<S> : add_by_patches<S>;
  for (Index kh = 0; kh < g.kernel_h; ++kh) {
    const Index offset = ih + g.pad_h - kh;
    if (offset < 0 || offset % g.stride_h != 0) continue;
    const Index oh = offset / g.stride_h;
    if (oh < begin || oh >= end) continue;
    add(dx + ih * g.in_width * g.in_channels, patches + (oh - begin) * g.out_width * g.patch_size(), kh, g);
  }
}

/// dx += the adjoint of gathering the patches of the output rows [begin, end), counted through the batch.
/// Each row of dx is one chunk of work, which collects its terms in a fixed order: rows of the output overlap
/// in dx, so that they could not be the chunks.
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

/// What an epilogue does once the bias is added.
template <class S>
void activate(S* x, const Epilogue<S>& epilogue, Index size) noexcept {
  if (epilogue.activation.is_none()) return;
  const S slope = static_cast<S>(epilogue.activation.slope);
  if (epilogue.activated != nullptr) {
    const auto chain = [slope](S xi, S sign) { return select(sign > S(0), xi, slope * xi); };
    map(x, size, chain, x, epilogue.activated);
  } else if (epilogue.activation.kind == Activation::Kind::Relu) {
    map(
        x, size, [](S xi) { return select(xi < S(0), S(0), xi); }, x);
  } else {
    map(
        x, size, [slope](S xi) { return select(xi > S(0), xi, slope * xi); }, x);
  }
}

}  // namespace eigenerate::kernels::detail
