#pragma once
// Copying a part of an operand into the panel that a micro-kernel reads straight through.
//
//   left panel    `panel_width` rows of op(A) over a stretch of k: panel[w + d·panel_width], with zeros from
//                 width up to panel_width
//   right panel   `Backend::cols` columns of op(B), with columns of zeros behind them: panel[d + w·ld], or
//                 panel[w + d·cols] where the operand's width is contiguous
//
// In a left panel a register takes neighbors in w. In a right panel the micro-kernel takes one number at a
// time, so that what is contiguous may stay so: depth in the activations of a forward pass and in the windows
// of an image, width in the gradients that a weight's gradient is made of. Both are copied, not transposed.

#include <algorithm>

#include "eigenerate/kernels/operand.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/windows.hpp"

namespace eigenerate::kernels::detail {

template <class Backend, class S>
void pack_left(S* panel, Index panel_width, const Operand<S>& a, Index first, Index width, Index first_depth,
               Index depth) noexcept {
  if (a.windows == nullptr) {
    const auto pack = a.width_is_contiguous ? Backend::copy_rows : Backend::transpose;
    pack(panel, panel_width, a.at(first, first_depth), a.ld, width, panel_width, depth);
  } else if (a.width_is_contiguous) {
    gather_windows<Backend>(panel, panel_width, *a.windows, first_depth, depth, first, width);
    if (width < panel_width)
      for (Index d = 0; d < depth; ++d)
        Backend::clear_run(panel + width + d * panel_width, panel_width - width);
  } else {
    constexpr Index group = 8, stretch = 128;
    S windows[group * stretch];
    for (Index p = 0; p < depth; p += stretch) {
      const Index length = std::min(stretch, depth - p);
      for (Index w = 0; w < panel_width; w += group) {
        const Index used = std::clamp<Index>(width - w, 0, group), padded = std::min(group, panel_width - w);
        gather_windows<Backend>(windows, stretch, *a.windows, first + w, used, first_depth + p, length);
        Backend::transpose(panel + w + p * panel_width, panel_width, windows, stretch, used, padded, length);
      }
    }
  }
}

/// Along depth.
template <class Backend, class S>
void pack_right(S* panel, Index ld, const Operand<S>& b, Index first, Index width, Index first_depth,
                Index depth) noexcept {
  if (b.windows == nullptr) {
    const auto pack = b.width_is_contiguous ? Backend::transpose : Backend::copy_rows;
    pack(panel, ld, b.at(first, first_depth), b.ld, depth, depth, width);
  } else if (b.width_is_contiguous) {
    constexpr Index stretch = 64, group = Backend::cols;
    S windows[stretch * group];
    for (Index p = 0; p < depth; p += stretch) {
      const Index length = std::min(stretch, depth - p);
      for (Index w = 0; w < width; w += group) {
        const Index used = std::min(group, width - w);
        gather_windows<Backend>(windows, group, *b.windows, first_depth + p, length, first + w, used);
        Backend::transpose(panel + p + w * ld, ld, windows, group, length, length, used);
      }
    }
  } else {
    gather_windows<Backend>(panel, ld, *b.windows, first, width, first_depth, depth);
  }
  for (Index w = width; w % Backend::cols != 0; ++w) Backend::clear_run(panel + w * ld, depth);
}

/// Along width, for an operand that lies so: one panel.
template <class Backend, class S>
void pack_right_along_width(S* panel, const Operand<S>& b, Index first, Index width, Index first_depth,
                            Index depth) noexcept {
  if (b.windows == nullptr) {
    Backend::copy_rows(panel, Backend::cols, b.at(first, first_depth), b.ld, width, Backend::cols, depth);
  } else {
    gather_windows<Backend>(panel, Backend::cols, *b.windows, first_depth, depth, first, width);
    for (Index d = 0; width < Backend::cols && d < depth; ++d)
      Backend::clear_run(panel + width + d * Backend::cols, Backend::cols - width);
  }
}

}  // namespace eigenerate::kernels::detail
