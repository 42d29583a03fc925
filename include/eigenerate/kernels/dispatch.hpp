#pragma once
// From a call to the code for the machine it runs on: one table of functions per scalar and instruction set.

#include <type_traits>

#include "eigenerate/core/precision.hpp"
#include "eigenerate/kernels/backend/amx.hpp"
#include "eigenerate/kernels/backend/avx2.hpp"
#include "eigenerate/kernels/backend/avx512.hpp"
#include "eigenerate/kernels/backend/avx512_bf16.hpp"
#include "eigenerate/kernels/backend/neon.hpp"
#include "eigenerate/kernels/backend/scalar.hpp"
#include "eigenerate/kernels/gemm_blocked.hpp"
#include "eigenerate/kernels/isa.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// The functions of one instruction set. Those of less than highest precision are the same ones where the
/// processor would gain nothing by them.
template <class S>
struct KernelTable {
  using Multiply = void (*)(const Product<S>&) noexcept;
  Multiply multiply, multiply_high, multiply_medium;
  void (*add_to)(S* y, const S* x, Index size) noexcept;
  void (*add_columns_to)(double* sums, const S* x, Index ldx, Index rows, Index columns) noexcept;
  double (*sum)(const S* x, Index size) noexcept;
  double (*sum_of_squares)(const S* x, Index size) noexcept;
};

/// A product with bf16 numbers where they pay; they come in stretches of 32 steps of k.
template <class Backend, class Reduced>
void multiply_reduced(const Product<typename Backend::Scalar>& product) noexcept {
  product.k < 32 ? multiply<Backend>(product) : multiply<Reduced>(product);
}

template <class Backend, class High = Backend, class Medium = High>
inline constexpr KernelTable<typename Backend::Scalar> table_of{
    multiply<Backend>,      multiply_reduced<Backend, High>, multiply_reduced<Backend, Medium>,
    Backend::add_to,        Backend::add_columns_to,         Backend::sum,
    Backend::sum_of_squares};

/// The table of the instruction set in use.
template <class S>
const KernelTable<S>& kernel_table() noexcept {
  switch (isa()) {
#if EIGENERATE_X86_BACKENDS
    case Isa::Amx:
      if constexpr (std::is_same_v<S, float>)
        return table_of<avx512::Backend<S>, amx::Backend<amx::HardwareTiles, true>,
                        amx::Backend<amx::HardwareTiles, false>>;
      return table_of<avx512::Backend<S>>;
    case Isa::Avx512Bf16:
      // Three products of half the cost each: `high` would be slower than `highest`, and less exact.
      if constexpr (std::is_same_v<S, float>)
        return table_of<avx512::Backend<S>, avx512::Backend<S>, avx512_bf16::Backend>;
      return table_of<avx512::Backend<S>>;
    case Isa::Avx512:
      return table_of<avx512::Backend<S>>;
    case Isa::Avx2:
      return table_of<avx2::Backend<S>>;
#endif
#if EIGENERATE_NEON_BACKEND
    case Isa::Neon:
      return table_of<neon::Backend<S>>;
#endif
    default:
      return table_of<scalar::Backend<S>>;
  }
}

/// Computes a product with the instruction set in use.
template <class S>
void multiply(const Product<S>& product, MatmulPrecision precision) noexcept {
  const KernelTable<S>& table = kernel_table<S>();
  switch (precision) {
    case MatmulPrecision::medium:
      return table.multiply_medium(product);
    case MatmulPrecision::high:
      return table.multiply_high(product);
    default:
      return table.multiply(product);
  }
}

}  // namespace eigenerate::kernels::detail
