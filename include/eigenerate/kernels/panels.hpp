#pragma once
// What a micro-kernel multiplies.

#include <cstdint>

#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Counts scalars in a frame.
using Offset = std::int32_t;

/// Some registers of rows of op(A): register i of step p stands at data[i·lanes + p·ld], or in a frame, which
/// has `steps`, at data[registers[i] + steps[p]].
template <class S>
struct LeftPanel {
  const S* data;
  Index ld;
  const Offset* steps = nullptr;
  Offset registers[3] = {};
};

/// Panels of some columns of op(B), side by side: number j of step p of the first one stands at
/// data[j·ld + p·step], that of the next one `next` further on; or in a frame at data[columns[j] + steps[p]],
/// whichever panel j is in.
template <class S>
struct RightPanels {
  const S* data;
  Index ld, step, next;
  const Offset* steps = nullptr;
  const Offset* columns = nullptr;

  /// Leaves some panels out, each so many columns wide. (In place, because a copy of what was just written
  /// word by word would wait for it.)
  void skip(Index panels, Index width) noexcept {
    data += panels * next;
    if (columns != nullptr) columns += panels * width;
  }
};

}  // namespace eigenerate::kernels::detail
