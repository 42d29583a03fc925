#pragma once
// The reductions of batch normalization for each instruction set.

#include <algorithm>

#include "eigenerate/kernels/backend/avx2.hpp"
#include "eigenerate/kernels/backend/avx512.hpp"
#include "eigenerate/kernels/backend/neon.hpp"
#include "eigenerate/kernels/isa.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::scalar {

/// `backend/row_pairs.inc` says what it adds.
template <class S, bool of_gradients>
struct RowPairSums {
  static void add(double* first, double* second, const S* dy, const S* x, Index ld,
                  const double* minus_center, Index rows, Index columns) noexcept {
    for (Index c = 0; c < columns; ++c)
      for (Index r = 0; r < rows; ++r) {
        const double deviation = static_cast<double>(x[r + c * ld]) + minus_center[r];
        const double factor = of_gradients ? static_cast<double>(dy[r + c * ld]) : deviation;
        first[r] += factor;
        second[r] += factor * deviation;
      }
  }
};

}  // namespace eigenerate::kernels::scalar

#if EIGENERATE_X86_BACKENDS

#define EIGENERATE_TARGET __attribute__((target("avx2,fma")))
namespace eigenerate::kernels::avx2 {
#include "eigenerate/kernels/backend/row_pairs.inc"
}  // namespace eigenerate::kernels::avx2
#undef EIGENERATE_TARGET

#define EIGENERATE_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")))
namespace eigenerate::kernels::avx512 {
#include "eigenerate/kernels/backend/row_pairs.inc"
}  // namespace eigenerate::kernels::avx512
#undef EIGENERATE_TARGET

#endif

#if EIGENERATE_NEON_BACKEND

#define EIGENERATE_TARGET
namespace eigenerate::kernels::neon {
#include "eigenerate/kernels/backend/row_pairs.inc"
}  // namespace eigenerate::kernels::neon
#undef EIGENERATE_TARGET

#endif

namespace eigenerate::kernels::detail {

/// `RowPairSums::add` of the instruction set in use.
template <class S, bool of_gradients>
auto* row_pair_sums() noexcept {
#if EIGENERATE_X86_BACKENDS
  if (isa() >= Isa::Avx512) return &avx512::RowPairSums<S, of_gradients>::add;
  if (isa() == Isa::Avx2) return &avx2::RowPairSums<S, of_gradients>::add;
#endif
#if EIGENERATE_NEON_BACKEND
  if (isa() == Isa::Neon) return &neon::RowPairSums<S, of_gradients>::add;
#endif
  return &scalar::RowPairSums<S, of_gradients>::add;
}

}  // namespace eigenerate::kernels::detail
