#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/core/precision.hpp"
#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

namespace detail {
template <class S>
struct ProductKernels;
}

/// The functions that read the weight of a convolution.
enum class ConvolutionPass { Forward, InputGradient };

/// The weight of a convolution in the order in which the micro-kernels of its products read it, packed once:
/// for weights that do not change any more.
///
/// It is made for one function, for the instruction set in use and for a precision, and goes to that function
/// beside the weight, which it does not replace: where another instruction set or precision is in use, or
/// where a product is better computed without it, the weight is what is read.
///
/// **Shapes**: w patch × out_channels, as for `convolution_forward` and `convolution_input_gradient`.
///
/// **Cost**: one pass over w. Memory for w with its rows in a product rounded up to whole registers, which
/// this object allocates and owns.
///
/// **Numerics**: no bit of any result depends on it.
template <class S>
class PackedConvolution {
 public:
  /// Nothing is packed.
  PackedConvolution() = default;
  PackedConvolution(ConvolutionPass pass, const S* w, const ConvolutionGeometry& g,
                    MatmulPrecision precision = MatmulPrecision::highest);

  /// Scalars of memory.
  [[nodiscard]] Index size() const noexcept { return panels_.size(); }

  /// What these kernels read in that function; null where it was made for others, or is empty.
  [[nodiscard]] const S* read_by(const detail::ProductKernels<S>& kernels, ConvolutionPass pass,
                                 const ConvolutionGeometry& g) const noexcept {
    return kernels_ == &kernels && pass_ == pass && geometry_ == g ? panels_.data() : nullptr;
  }

 private:
  const detail::ProductKernels<S>* kernels_ = nullptr;
  ConvolutionPass pass_{};
  ConvolutionGeometry geometry_;
  AlignedArray<S> panels_;
};

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include "eigenerate/kernels/dispatch.hpp"
#include "eigenerate/kernels/patches.hpp"
#include "eigenerate/kernels/phases.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Calls f(operand, m, k) for the left operand of each product of that function, in order. Those that are
/// gathered from the weight come to `scratch`, of the weight's size; to null for their extents alone.
template <class S, class F>
void for_each_weight(ConvolutionPass pass, const S* w, const ConvolutionGeometry& g, S* scratch, const F& f) {
  const Index patch = g.patch_size();
  if (pass == ConvolutionPass::Forward) return f(forward_weight(w, g), g.out_channels, patch);
  if (!gradient_by_phases(g)) return f(adjoint_weight(w, g), patch, g.out_channels);
  for_each_phase(g, [&](const Phase& vertical, const Phase& horizontal) {
    if (scratch != nullptr) gather_taps(scratch, w, g, vertical, horizontal);
    f(Operand<S>{scratch, g.in_channels, true}, g.in_channels, depth_of(g, vertical, horizontal));
  });
}

}  // namespace detail

template <class S>
PackedConvolution<S>::PackedConvolution(ConvolutionPass pass, const S* w, const ConvolutionGeometry& g,
                                        MatmulPrecision precision)
    : kernels_(&detail::product_kernels<S>(precision)), pass_(pass), geometry_(g) {
  using Operand = detail::Operand<S>;
  Index size = 0;
  detail::for_each_weight<S>(pass, w, g, nullptr,
                             [&](const Operand&, Index m, Index k) { size += kernels_->packed_size(m, k); });
  panels_ = AlignedArray<S>(size);
  AlignedArray<S> scratch(g.patch_size() * g.out_channels);
  S* to = panels_.data();
  detail::for_each_weight(pass, w, g, scratch.data(), [&](const Operand& weight, Index m, Index k) {
    kernels_->pack(to, weight, m, k);
    to += kernels_->packed_size(m, k);
  });
}

EIGENERATE_INSTANTIATE_CLASS(PackedConvolution)

}  // namespace eigenerate::kernels

#endif
