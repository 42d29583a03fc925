#pragma once
// From a call to the code for the machine it runs on: one table of functions per scalar and instruction set.

#include "eigenerate/kernels/backend/avx2.hpp"
#include "eigenerate/kernels/backend/avx512.hpp"
#include "eigenerate/kernels/backend/scalar.hpp"
#include "eigenerate/kernels/gemm_blocked.hpp"
#include "eigenerate/kernels/isa.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// The functions that one backend provides.
template <class S>
struct KernelTable {
  void (*gemm)(const Product<S>&) noexcept;
  void (*add_to)(S* y, const S* x, Index size) noexcept;
  void (*add_columns_to)(double* sums, const S* x, Index ldx, Index rows, Index columns) noexcept;
  double (*sum)(const S* x, Index size) noexcept;
  double (*sum_of_squares)(const S* x, Index size) noexcept;
};

template <class Backend>
inline constexpr KernelTable<typename Backend::Scalar> table_of{
    gemm_blocked<Backend>, Backend::add_to, Backend::add_columns_to, Backend::sum, Backend::sum_of_squares};

/// The table of the instruction set in use.
template <class S>
const KernelTable<S>& kernel_table() noexcept {
  switch (isa()) {
#if EIGENERATE_X86_BACKENDS
    case Isa::Avx512:
      return table_of<avx512::Backend<S>>;
    case Isa::Avx2:
      return table_of<avx2::Backend<S>>;
#endif
    default:
      return table_of<scalar::Backend<S>>;
  }
}

}  // namespace eigenerate::kernels::detail
