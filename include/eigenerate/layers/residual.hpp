#pragma once

#include <optional>
#include <string>
#include <utility>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/prediction_block.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Shortcut around a block of layers, `y = x + block(x)`.
///
/// The parameters of the inner layer are named `block.…`, as in this PyTorch module:
///
///     class Residual(nn.Module):
///         def __init__(self, block): super().__init__(); self.block = block
///         def forward(self, x): return x + self.block(x)
///
/// **Shapes** y: as x; the block must keep the shape.
/// **Backward** `dx = dy + Jᵀdy` with the block's Jacobian J; tangent `ty = tx + J tx`.
/// **Cost** the block's, and memory for its output.
/// **Errors** `ShapeError` for a block with another output shape.
/// **Source** He et al. 2016.
template <Layer L>
class Residual {
 public:
  explicit Residual(L block) : block_(std::move(block)) {}

  std::optional<Shape> input_shape() const { return block_.input_shape(); }

  bool takes_condition() const { return eigenerate::takes_condition(block_); }

  LayerPlan plan(const Shape& input, const Place& place) const {
    LayerPlan block = block_.plan(input, place.child("block"));
    if (block.output != input)
      fail<ShapeError>("{} (Residual): the block must keep its input's shape, but makes {} of {}", place,
                       to_string(block.output), to_string(input));
    LayerPlan plan(place, "Residual", input, input);
    plan.cache.add({input.size(), 0});
    plan.tangents.add({input.size(), 0});
    plan.add_child(std::move(block));
    return plan;
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    block_.forward(pass.child(0), x, block_output(pass));
    add(y, x, as_const(block_output(pass)));
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    block_.backward(pass.child(0), x, as_const(block_output(pass)), dy, dx);
    if (wanted(dx)) add(dx, as_const(dx), dy);
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    block_.tangent(pass.child(0), x, as_const(block_output(pass)), tx, block_tangent(pass));
    add(ty, tx, as_const(block_tangent(pass)));
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    block_.tangent_backward(pass.child(0), x, as_const(block_output(pass)), tx, as_const(block_tangent(pass)),
                            dy, dty, dx, dtx);
    if (wanted(dx)) add(dx, as_const(dx), dy);
    if (wanted(dtx)) add(dtx, as_const(dtx), dty);
  }

  template <Scalar S>
  requires LayerOf<L, S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    using Block = detail::PredictionBlock<S>;
    detail::add_composite(Residual<Block>(Block(block_, pass.child(0))), pass, steps);
    return true;
  }

 private:
  // In the shape of x. Layers may derive from their own output, so the block's is kept apart from the sum.
  struct Cache {
    enum : Index { block_output };
  };
  struct Tangent {
    enum : Index { block_output };
  };

  template <Scalar S>
  static View<S> block_output(const Pass<S>& pass) {
    return pass.matrix(pass.cache_slot(Cache::block_output), pass.plan->output.size());
  }
  template <Scalar S>
  static View<S> block_tangent(const Pass<S>& pass) {
    return pass.matrix(pass.tangent_slot(Tangent::block_output), pass.plan->output.size());
  }
  template <Scalar S>
  static void add(View<S> sum, ConstView<S> a, ConstView<S> b) {
    const auto plus = [](S ai, S bi) { return ai + bi; };
    kernels::map(sum.data(), sum.size(), plus, a.data(), b.data());
  }

  L block_;
};

/// A residual of a residual is two shortcuts, not a copy. The copy's own deduction has this constraint, and
/// clang++ would take it for the better one of the two.
template <Layer L>
Residual(Residual<L>) -> Residual<Residual<L>>;

}  // namespace eigenerate
