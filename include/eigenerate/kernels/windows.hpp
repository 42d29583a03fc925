#pragma once
// Images seen as the matrix of the windows that a kernel visits, and copying a part of that matrix.
//
// A window is a few runs, one for each of its rows. Neighbors in a row of the grid have the same runs, a
// fixed distance apart: so the part is copied run by run, each for all windows of a row of the grid at once,
// and what a run needs to know of the image's borders is found once for them.

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

  /// Numbers of a window that lie side by side: one of its rows.
  Index run() const noexcept { return window_w * channels; }
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

/// to[i + w·ld] = element first + i of window first_window + w, for i < size and w < count.
template <class Backend, class S>
void gather_windows(S* to, Index ld, const WindowGrid<S>& g, Index first_window, Index count, Index first,
                    Index size) noexcept {
  if (size == 0) return;  // windows are empty where a stride leaves out all of a kernel
  const Index run = g.run(), step = g.step_w * g.channels, image_row = g.width * g.channels;
  // The columns of the grid whose windows no border cuts.
  const Index room = g.width - g.window_w - g.origin_w;
  const Index uncut_begin = g.origin_w >= 0 ? 0 : divide_up(-g.origin_w, g.step_w);
  const Index uncut_end = room < 0 ? 0 : room / g.step_w + 1;
  const Index first_kernel_row = first / run, first_offset = first % run;

  Index grid_col = first_window % g.cols, grid_row = first_window / g.cols % g.rows;
  const S* image = g.images + first_window / g.cols / g.rows * g.height * image_row;
  while (count > 0) {
    const Index n = std::min(count, g.cols - grid_col);
    const Index uncut = std::clamp<Index>(uncut_begin - grid_col, 0, n);
    const Index cut = std::clamp<Index>(uncut_end - grid_col, uncut, n);  // again, from here on
    const Index first_col = g.origin_w + grid_col * g.step_w;
    Index row = g.origin_h + grid_row * g.step_h + first_kernel_row, offset = first_offset;
    for (Index done = 0; done < size; ++row, offset = 0) {
      const Index length = std::min(run - offset, size - done);
      const Index from = row * image_row + first_col * g.channels + offset;  // in the image, or beside it
      S* const here = to + done;
      done += length;
      const bool outside = row < 0 || row >= g.height;
      const auto copy_cut = [&](Index begin, Index end) {
        for (Index w = begin; w < end; ++w) {
          const Index left = (first_col + w * g.step_w) * g.channels + offset;  // of the image, if negative
          const Index missing = outside ? length : std::clamp<Index>(-left, 0, length);
          const Index last = outside ? length : std::clamp<Index>(image_row - left, missing, length);
          Backend::clear_run(here + w * ld, length);
          if (missing < last)
            Backend::copy_run(here + w * ld + missing, image + from + w * step + missing, last - missing);
        }
      };
      if (outside) {
        copy_cut(0, n);
        continue;
      }
      copy_cut(0, uncut);
      if (uncut < cut) {
        const S* const whole = image + from + uncut * step;
        // The processor does not see where short runs lead: without asking for the next row of windows
        // convolutions took 4 % longer.
        prefetch(whole, g.step_h * image_row, (cut - 1 - uncut) * step + length);
        Backend::copy_rows(here + uncut * ld, ld, whole, step, length, length, cut - uncut);
      }
      copy_cut(cut, n);
    }
    to += n * ld;
    count -= n;
    grid_col = 0;
    if (++grid_row == g.rows) {
      grid_row = 0;
      image += g.height * image_row;
    }
  }
}

}  // namespace eigenerate::kernels::detail
