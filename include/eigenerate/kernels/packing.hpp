#pragma once
// Copying a part of an operand into the panel that a micro-kernel reads straight through.
//
//   left panel    `panel_width` rows of op(A) over a stretch of k: panel[w + d·panel_width], with zeros from
//                 width up to panel_width
//   right panel   up to `Backend::cols` columns of op(B): panel[d + w·ld], with columns of zeros behind them
//
// In a left panel a register takes neighbors in w. In a right panel the micro-kernel takes one number at a
// time, so that depth may stay contiguous, as it is in the activations of a forward pass and in the windows
// of an image: these are copied, not transposed.

#include <algorithm>
#include <cstdint>

#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Asks for the memory that lies `ahead` of some numbers, even where it is nobody's, as behind the last
/// image.
template <class S>
void prefetch(const S* data, Index ahead, Index size) noexcept {
  constexpr Index line = 64 / static_cast<Index>(sizeof(S));
  const auto address =
      reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(ahead) * sizeof(S);
  for (Index i = 0; i < size; i += line) {
    __builtin_prefetch(reinterpret_cast<const void*>(address + static_cast<std::uintptr_t>(i) * sizeof(S)), 0,
                       2);
  }
}

/// Copies the elements [first, first + size) of a window, and asks for those of the window below it: the runs
/// are too short for the processor to see where they lead. Without that convolutions take 4 % longer.
template <class Backend, class S>
void gather_window(S* to, const WindowGrid<S>& g, const Window<S>& window, Index first, Index size) noexcept {
  if (size == 0) return;
  // A window is window_h runs, each contiguous in the image as far as it lies inside.
  const Index run = g.window_w * g.channels;
  const Index begin = std::clamp<Index>(-window.col, 0, g.window_w) * g.channels;
  const Index end = std::clamp<Index>(g.width - window.col, 0, g.window_w) * g.channels;
  if (run <= Backend::lanes && size == run * g.window_h) {
    // A register for each run: the calls below would cost more than the few numbers that they copy.
    const Index above = std::clamp<Index>(-window.row, 0, g.window_h);
    const Index inside = std::clamp<Index>(g.height - window.row, above, g.window_h) - above;
    const Index stride = g.width * g.channels, first_pixel = (window.row + above) * g.width + window.col;
    if (inside < g.window_h) Backend::clear_run(to, size);
    Backend::copy_short_runs(to + above * run, run, window.image + first_pixel * g.channels + begin, stride,
                             begin, std::max(begin, end) - begin, inside);
    return;
  }
  Index row = window.row + first / run, offset = first % run;
  for (; size > 0; ++row, offset = 0) {
    const Index length = std::min(run - offset, size);
    const bool outside = row < 0 || row >= g.height;
    const Index from = outside ? length : std::clamp<Index>(begin - offset, 0, length);
    const Index until = outside ? length : std::clamp<Index>(end - offset, from, length);
    if (from > 0) Backend::clear_run(to, from);
    if (from < until) {
      const S* const run_data = window.image + (row * g.width + window.col) * g.channels + offset + from;
      prefetch(run_data, g.step_h * g.width * g.channels, until - from);
      Backend::copy_run(to + from, run_data, until - from);
    }
    if (until < length) Backend::clear_run(to + until, length - until);
    to += length;
    size -= length;
  }
}

template <class Backend, class S>
void pack_left(S* panel, Index panel_width, const Operand<S>& a, Index first, Index width, Index first_depth,
               Index depth) noexcept {
  if (a.windows == nullptr) {
    const auto pack = a.width_is_contiguous ? Backend::copy_rows : Backend::transpose;
    pack(panel, panel_width, a.at(first, first_depth), a.ld, width, panel_width, depth);
  } else if (a.width_is_contiguous) {
    Window<S> window(*a.windows, first_depth);
    for (Index d = 0; d < depth; ++d, window.advance(), panel += panel_width) {
      gather_window<Backend>(panel, *a.windows, window, first, width);
      if (width < panel_width) Backend::clear_run(panel + width, panel_width - width);
    }
  } else {
    constexpr Index group = 8, stretch = 128;
    S windows[group * stretch];
    for (Index p = 0; p < depth; p += stretch) {
      const Index length = std::min(stretch, depth - p);
      Window<S> window(*a.windows, first);
      for (Index w = 0; w < panel_width; w += group) {
        const Index used = std::clamp<Index>(width - w, 0, group), padded = std::min(group, panel_width - w);
        for (Index i = 0; i < used; ++i, window.advance()) {
          gather_window<Backend>(windows + i * stretch, *a.windows, window, first_depth + p, length);
        }
        Backend::transpose(panel + w + p * panel_width, panel_width, windows, stretch, used, padded, length);
      }
    }
  }
}

template <class Backend, class S>
void pack_right(S* panel, Index ld, const Operand<S>& b, Index first, Index width, Index first_depth,
                Index depth) noexcept {
  if (b.windows == nullptr) {
    const auto pack = b.width_is_contiguous ? Backend::transpose : Backend::copy_rows;
    pack(panel, ld, b.at(first, first_depth), b.ld, depth, depth, width);
  } else if (b.width_is_contiguous) {
    constexpr Index stretch = 64;
    S windows[stretch * Backend::cols];
    Window<S> window(*b.windows, first_depth);
    for (Index p = 0; p < depth; p += stretch) {
      const Index length = std::min(stretch, depth - p);
      for (Index i = 0; i < length; ++i, window.advance()) {
        gather_window<Backend>(windows + i * Backend::cols, *b.windows, window, first, width);
      }
      Backend::transpose(panel + p, ld, windows, Backend::cols, length, length, width);
    }
  } else {
    Window<S> window(*b.windows, first);
    for (Index w = 0; w < width; ++w, window.advance()) {
      gather_window<Backend>(panel + w * ld, *b.windows, window, first_depth, depth);
    }
  }
  for (Index w = width; w < Backend::cols; ++w) Backend::clear_run(panel + w * ld, depth);
}

}  // namespace eigenerate::kernels::detail
