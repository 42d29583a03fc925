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

/// Some columns of op(B): number j of step p stands at data[j·ld + p·step], or in a frame at
/// data[columns[j] + steps[p]].
template <class S>
struct RightPanel {
  const S* data;
  Index ld, step;
  const Offset* steps = nullptr;
  const Offset* columns = nullptr;
};

}  // namespace eigenerate::kernels::detail
