#pragma once
// From a call to the code for the machine it runs on: one table of functions per scalar and instruction set.

#include <cstdint>
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
#include "eigenerate/kernels/packed_left.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels::detail {

/// Products of one kind, and packing an m × k left operand ahead for them (packed_left.hpp). What one of
/// these packed only itself may read: there is one object of each kind.
template <class S>
struct ProductKernels {
  void (*multiply)(const Product<S>&) noexcept;
  Index (*packed_size)(Index m, Index k) noexcept;
  void (*pack)(S* to, const Operand<S>& a, Index m, Index k) noexcept;
};

/// Those of a backend; or of two, where bf16 numbers pay, which come in stretches of 32 steps of k.
template <class Backend, class Shallow = Backend>
struct ByDepth {
  using S = typename Backend::Scalar;
  static constexpr Index least_depth = 32;

  static void multiply(const Product<S>& product) noexcept {
    product.k < least_depth ? detail::multiply<Shallow>(product) : detail::multiply<Backend>(product);
  }
  static Index packed_size(Index m, Index k) noexcept {
    return k < least_depth ? packed_left_size<Shallow>(m, k) : packed_left_size<Backend>(m, k);
  }
  static void pack(S* to, const Operand<S>& a, Index m, Index k) noexcept {
    k < least_depth ? pack_whole_left<Shallow>(to, a, m, k) : pack_whole_left<Backend>(to, a, m, k);
  }

  static constexpr ProductKernels<S> kernels{multiply, packed_size, pack};
};

/// The functions of one instruction set. Those of less than highest precision are the same ones where the
/// processor would gain nothing by them.
template <class S>
struct KernelTable {
  const ProductKernels<S>& highest;
  const ProductKernels<S>& high;
  const ProductKernels<S>& medium;
  void (*add_to)(S* y, const S* x, Index size) noexcept;
  void (*add_columns_to)(double* sums, const S* x, Index ldx, Index rows, Index columns) noexcept;
  double (*sum)(const S* x, Index size) noexcept;
  double (*sum_of_squares)(const S* x, Index size) noexcept;
  void (*multiply_bf16)(const Product<S>&, const std::uint32_t* a, Index ld) noexcept;  ///< null for double
};

template <class Backend>
constexpr auto bf16_product() noexcept -> decltype(KernelTable<typename Backend::Scalar>::multiply_bf16) {
  if constexpr (std::is_same_v<typename Backend::Scalar, float>)
    return multiply_bf16<Backend>;
  else
    return nullptr;
}

template <class Backend, class High = Backend, class Medium = High>
inline constexpr KernelTable<typename Backend::Scalar> table_of{
    ByDepth<Backend>::kernels, ByDepth<High, Backend>::kernels, ByDepth<Medium, Backend>::kernels,
    Backend::add_to,           Backend::add_columns_to,         Backend::sum,
    Backend::sum_of_squares,   bf16_product<Backend>()};

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

/// The products of the instruction set in use.
template <class S>
const ProductKernels<S>& product_kernels(MatmulPrecision precision) noexcept {
  const KernelTable<S>& table = kernel_table<S>();
  switch (precision) {
    case MatmulPrecision::medium:
      return table.medium;
    case MatmulPrecision::high:
      return table.high;
    default:
      return table.highest;
  }
}

/// Computes a product with the instruction set in use.
template <class S>
void multiply(const Product<S>& product, MatmulPrecision precision) noexcept {
  product_kernels<S>(precision).multiply(product);
}

}  // namespace eigenerate::kernels::detail
