#pragma once
// Images seen as the matrix of the windows that a kernel visits, and copying a part of that matrix.
//
// A window is a few runs, one for each of its rows, which lie in the image side by side. Neighbors in a row of the
// grid have the same runs, a fixed distance apart: so the part is copied run by run, each for all windows of a row
// of the grid at once, and what a run needs to know of the image's borders is found once for them.

#include <algorithm>
#include <cstdint>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// The windows of a batch of channel-last images that a kernel visits: `rows` × `cols` of them for each
/// image, `step` pixels apart, the first one's corner at `origin`. Pixels outside the image count as zero.
///
/// A window is a column of window_h·window_w·channels numbers, channels fastest; windows are numbered through
/// the batch, columns of the grid fastest.
template <class S>
struct WindowGrid {
  const S* images;
  Index channels, height, width;
  Index rows, cols;
  Index step_h, step_w;
  Index origin_h, origin_w;
  Index window_h, window_w;
};

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

/// `count` windows in one row of a grid: the corner of the first, and how many of them the image's left border cuts
/// and how many come before the first that its right border cuts.
template <class S>
struct WindowRow {
  const S* image;
  Index row, col;
  Index count, whole_begin, whole_end;

  WindowRow(const WindowGrid<S>& g, Index number, Index most) noexcept {
    const Index grid_col = number % g.cols, grid_row = number / g.cols;
    image = g.images + grid_row / g.rows * (g.channels * g.height * g.width);
    row = g.origin_h + grid_row % g.rows * g.step_h;
    col = g.origin_w + grid_col * g.step_w;
    count = std::min(most, g.cols - grid_col);
    const Index room = g.width - g.window_w - col;  // for the first window to move to the right
    whole_begin = col >= 0 ? 0 : std::min(count, divide_up(-col, g.step_w));
    whole_end = room < 0 ? whole_begin : std::clamp(room / g.step_w + 1, whole_begin, count);
  }
};

/// to[i + w·ld] = element first + i of window first_window + w, for i < size and w < count.
template <class Backend, class S>
void gather_windows(S* to, Index ld, const WindowGrid<S>& g, Index first_window, Index count, Index first,
                    Index size) noexcept {
  if (size == 0) return;  // windows are empty where a stride leaves out all of a kernel
  const Index run = g.window_w * g.channels, step = g.step_w * g.channels;
  while (count > 0) {
    const WindowRow<S> windows(g, first_window, count);
    Index kernel_row = first / run, offset = first % run;
    for (Index done = 0; done < size; ++kernel_row, offset = 0) {
      const Index length = std::min(run - offset, size - done), row = windows.row + kernel_row;
      const S* const from = windows.image + (row * g.width + windows.col) * g.channels + offset;
      // The part of one that is cut.
      const auto copy_cut = [&](Index w) {
        S* const here = to + done + w * ld;
        const Index col = windows.col + w * g.step_w;
        const Index begin = std::clamp<Index>(-col * g.channels - offset, 0, length);
        const Index end = std::clamp<Index>((g.width - col) * g.channels - offset, begin, length);
        Backend::clear_run(here, length);
        Backend::copy_run(here + begin, from + w * step + begin, end - begin);
      };
      if (row < 0 || row >= g.height) {
        for (Index w = 0; w < windows.count; ++w) Backend::clear_run(to + done + w * ld, length);
      } else {
        const Index whole = windows.whole_end - windows.whole_begin;
        for (Index w = 0; w < windows.whole_begin; ++w) copy_cut(w);
        if (whole > 0) {
          // Without asking for the next row of windows convolutions take longer: the runs are too short for the
          // processor to see where they lead.
          prefetch(from + windows.whole_begin * step, g.step_h * g.width * g.channels,
                   (whole - 1) * step + length);
          Backend::copy_rows(to + done + windows.whole_begin * ld, ld, from + windows.whole_begin * step,
                             step, length, length, whole);
        }
        for (Index w = windows.whole_end; w < windows.count; ++w) copy_cut(w);
      }
      done += length;
    }
    to += windows.count * ld;
    first_window += windows.count;
    count -= windows.count;
  }
}

}  // namespace eigenerate::kernels::detail
