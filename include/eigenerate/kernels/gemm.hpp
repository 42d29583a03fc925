#pragma once

#include <type_traits>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/precision.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// Matrix product with a fused epilogue: `C = activation(op(A)·op(B) + beta·C + bias)`, or the epilogue's
/// chain rule.
///
/// **Shapes**: C m × n, op(A) m × k, op(B) k × n, all column-major with leading dimensions ldc, lda, ldb;
/// op(X) is X or its transpose, so that A is stored m × k or k × m. The bias has m values, or is null. C
/// overlaps nothing, nor the `activated` values, which lie as C. Extents may be 0, pointers unaligned.
///
/// beta is 0 or 1; 0 never reads C, which may hold anything. Elements between an extent and its leading
/// dimension are neither read nor written. A NaN passes through the activation.
///
/// **Cost**: 2·m·n·k flops, and the packing of the operands into a buffer of fixed size that a thread
/// allocates when it first computes a product. Products above 0.3 million multiply-adds use the thread pool.
///
/// **Numerics**: |error| ≤ (k + 4)·eps·(Σ|a||b| + |beta·c| + |bias|), from one rounding per term. An
/// element's bits depend on its row of op(A), its column of op(B), k and the instruction set, and on whether
/// C has one row or column only (`gemv.hpp`); never on the threads or otherwise on m and n. With less than
/// `highest` precision, where the processor has bf16 products (`set_matmul_precision`) and k ≥ 32, eps of the
/// first term is 2⁻⁷ (`medium`: each factor rounded to 8 bits) or 3·2⁻¹⁶ (`high`), and numbers below 2⁻¹²⁶
/// count as zero.
///
/// **Source**: Goto and van de Geijn, Anatomy of high-performance matrix multiplication (2008), and the
/// micro-kernel contract of BLIS (Van Zee and van de Geijn, 2015). Unlike both, right panels keep k
/// contiguous, and an operand that one thread reads is packed by that thread, panel by panel.
template <class S>
void gemm(S* c, Index ldc, const S* a, Index lda, Transpose ta, const S* b, Index ldb, Transpose tb, Index m,
          Index n, Index k, std::type_identity_t<S> beta = S(0),
          std::type_identity_t<Epilogue<S>> epilogue = {},
          MatmulPrecision precision = MatmulPrecision::highest) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include "eigenerate/kernels/dispatch.hpp"

namespace eigenerate::kernels {

template <class S>
void gemm(S* c, Index ldc, const S* a, Index lda, Transpose ta, const S* b, Index ldb, Transpose tb, Index m,
          Index n, Index k, std::type_identity_t<S> beta, std::type_identity_t<Epilogue<S>> epilogue,
          MatmulPrecision precision) noexcept {
  const detail::Operand<S> left{a, lda, ta == Transpose::No}, right{b, ldb, tb == Transpose::Yes};
  detail::multiply<S>({{c, ldc}, left, right, m, n, k, beta != S(0), epilogue}, precision);
}

EIGENERATE_INSTANTIATE(gemm)

}  // namespace eigenerate::kernels

#endif
