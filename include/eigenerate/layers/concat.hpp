#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/prediction_block.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Branches that read the same input, their outputs side by side as channels, `y = (a(x), b(x), …)`.
///
/// `Concat{Identity{}, Sequential{down, …, up}}` is a level of a U-Net, `Concat{Linear{infer, 1},
/// Linear{infer, 10}}` a network's end with two heads. The branches are named `0`, `1`, …, as in this PyTorch
/// module:
///
///     class Concat(nn.Module):
///         def __init__(self, *branches):
///             super().__init__()
///             for i, branch in enumerate(branches): self.add_module(str(i), branch)
///         def forward(self, x): return torch.cat([branch(x) for branch in self.children()], dim=1)
///
/// **Shapes** x: any that all branches take; y: the sum of their channels, whose pixels must agree.
/// **Backward** `dx = Σ Jᵢᵀ dyᵢ` with the branches' Jacobians and their channels of dy; tangent `tyᵢ = Jᵢ
/// tx`.
/// **Cost** the branches', one copy of each output and of its gradient, and memory for them. An `Identity` is
/// read where it is.
/// **Errors** `ShapeError` for branches whose pixels differ.
/// **Source** Ronneberger et al. 2015 (U-Net), for the identity beside a detour.
template <Layer... Ls>
requires(sizeof...(Ls) > 0) class Concat {
 public:
  explicit Concat(Ls... given) : branches_(std::move(given)...) {}

  std::optional<Shape> input_shape() const {
    std::optional<Shape> shape;
    for_each([&](const auto& branch, Index) {
      if (!shape) shape = branch.input_shape();
    });
    return shape;
  }

  bool takes_condition() const {
    bool any = false;
    for_each([&](const auto& branch, Index) { any = any || eigenerate::takes_condition(branch); });
    return any;
  }

  LayerPlan plan(const Shape& input, const Place& place) const {
    std::vector<LayerPlan> children;
    for_each([&](const auto& branch, Index i) {
      children.push_back(branch.plan(input, place.child(std::to_string(i))));
    });
    Shape output = children.front().output;
    Index largest = 0;
    output.channels = 0;
    for (const LayerPlan& child : children) {
      if (child.output.height != output.height || child.output.width != output.width)
        fail<ShapeError>(
            "{} (Concat): the branches must agree in their pixels, but {} makes {} and {} makes {}", place,
            children.front().path, to_string(children.front().output), child.path, to_string(child.output));
      output.channels = capped_sum(output.channels, child.output.channels);
      largest = std::max(largest, child.output.size());
    }
    LayerPlan plan(place, "Concat", input, output);
    for (const LayerPlan& child : children) {  // outputs and their tangents, by branch
      plan.cache.add({child.is_identity ? 0 : child.output.size(), 0});
      plan.tangents.add({child.is_identity ? 0 : child.output.size(), 0});
    }
    for (Region* region :
         {&plan.scratch, &plan.tangents}) {  // gradients of y and ty, x and tx, of one branch
      region->add({largest, 0});
      region->add({input.size(), 0});
    }
    plan.moves_values =
        std::all_of(children.begin(), children.end(), [](const LayerPlan& c) { return c.moves_values; });
    if (std::all_of(children.begin(), children.end(),
                    [](const LayerPlan& c) { return c.output_range.has_value(); })) {
      ValueRange range = *children.front().output_range;
      for (const LayerPlan& child : children)
        range = {std::min(range.low, child.output_range->low),
                 std::max(range.high, child.output_range->high)};
      plan.bound_outputs(range);
    }
    for (LayerPlan& child : children) plan.add_child(std::move(child));
    return plan;
  }

  template <Scalar S>
  requires(LayerOf<Ls, S>&&...) void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for_each([&](const auto& branch, Index i) {
      if (!is_identity(pass, i)) branch.forward(pass.child(i), x, slot(pass, i, pass.cache_slot(i)));
    });
    join(pass, y, [&](Index i) { return output_of(pass, i, x); });
  }

  template <Scalar S>
  requires(LayerOf<Ls, S>&&...) void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>,
                                              ConstView<S> dy, View<S> dx) const {
    bool first = true;  // it writes dx, the others add to it
    for_each([&](const auto& branch, Index i) {
      if (!wanted(dx) && !pass.child_has_gradients(i)) return;
      if (is_identity(pass, i)) {
        split(pass, i, dy, dx, !first);
      } else {
        const View<S> d = slot(pass, i, pass.scratch_slot(Scratch::d_output));
        const View<S> more =
            !wanted(dx) || first ? dx : pass.matrix(pass.scratch_slot(Scratch::d_input), dx.rows());
        split(pass, i, dy, d, false);
        branch.backward(pass.child(i), x, output_of(pass, i, x), as_const(d), more);
        if (wanted(dx) && !first) add(dx, as_const(more));
      }
      first = false;
    });
  }

  template <Scalar S>
  requires(LayerOf<Ls, S>&&...) void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>,
                                             ConstView<S> tx, View<S> ty) const {
    for_each([&](const auto& branch, Index i) {
      if (!is_identity(pass, i))
        branch.tangent(pass.child(i), x, output_of(pass, i, x), tx, slot(pass, i, pass.tangent_slot(i)));
    });
    join(pass, ty, [&](Index i) { return tangent_of(pass, i, tx); });
  }

  template <Scalar S>
  requires(LayerOf<Ls, S>&&...) void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>,
                                                      ConstView<S> tx, ConstView<S>, ConstView<S> dy,
                                                      ConstView<S> dty, View<S> dx, View<S> dtx) const {
    bool first = true;
    for_each([&](const auto& branch, Index i) {
      if (!wanted(dx) && !wanted(dtx) && !pass.child_has_gradients(i)) return;
      if (is_identity(pass, i)) {
        if (wanted(dx)) split(pass, i, dy, dx, !first);
        if (wanted(dtx)) split(pass, i, dty, dtx, !first);
      } else {
        const View<S> d = slot(pass, i, pass.scratch_slot(Scratch::d_output));
        const View<S> dt = slot(pass, i, pass.tangent_slot(Tangent::d_output));
        const View<S> more =
            !wanted(dx) || first ? dx : pass.matrix(pass.scratch_slot(Scratch::d_input), dx.rows());
        const View<S> more_t =
            !wanted(dtx) || first ? dtx : pass.matrix(pass.tangent_slot(Tangent::d_input), dtx.rows());
        split(pass, i, dy, d, false);
        split(pass, i, dty, dt, false);
        branch.tangent_backward(pass.child(i), x, output_of(pass, i, x), tx, tangent_of(pass, i, tx),
                                as_const(d), as_const(dt), more, more_t);
        if (wanted(dx) && !first) add(dx, as_const(more));
        if (wanted(dtx) && !first) add(dtx, as_const(more_t));
      }
      first = false;
    });
  }

  template <Scalar S>
  requires(LayerOf<Ls, S>&&...) bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      detail::add_composite(Concat<BlockFor<Ls, S>...>(BlockFor<Ls, S>(std::get<I>(branches_),
                                                                       pass.child(static_cast<Index>(I)))...),
                            pass, steps);
    }
    (std::make_index_sequence<sizeof...(Ls)>{});
    return true;
  }

 private:
  /// One for each branch.
  template <class, Scalar S>
  using BlockFor = detail::PredictionBlock<S>;

  static constexpr Index branches = static_cast<Index>(sizeof...(Ls));
  // The caches are the outputs of the branches, the first tangents are theirs. Of one branch at a time: the
  // gradient of its output, as large as the largest, and that of its input where it is added to dx.
  struct Scratch {
    enum : Index { d_output, d_input };
  };
  struct Tangent {
    enum : Index { d_output = branches, d_input };
  };

  /// Calls `f(branch, index)` for all.
  template <class F>
  void for_each(F&& f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::get<I>(branches_), static_cast<Index>(I)), ...);
    }
    (std::make_index_sequence<sizeof...(Ls)>{});
  }

  template <Scalar S>
  static const LayerPlan& plan_of(const Pass<S>& pass, Index i) {
    return pass.plan->children[static_cast<std::size_t>(i)];
  }
  template <Scalar S>
  static bool is_identity(const Pass<S>& pass, Index i) {
    return plan_of(pass, i).is_identity;
  }
  template <Scalar S>
  static View<S> slot(const Pass<S>& pass, Index i, S* memory) {
    return pass.matrix(memory, plan_of(pass, i).output.size());
  }
  template <Scalar S>
  static ConstView<S> output_of(const Pass<S>& pass, Index i, ConstView<S> x) {
    return is_identity(pass, i) ? x : as_const(slot(pass, i, pass.cache_slot(i)));
  }
  template <Scalar S>
  static ConstView<S> tangent_of(const Pass<S>& pass, Index i, ConstView<S> tx) {
    return is_identity(pass, i) ? tx : as_const(slot(pass, i, pass.tangent_slot(i)));
  }

  /// The channels of branch `i` in one sample of y, a column per pixel.
  template <Scalar S, class T>
  static auto channels_of(const Pass<S>& pass, Index i, T* sample) {
    using M = std::conditional_t<std::is_const_v<T>, const Matrix<S>, Matrix<S>>;
    const Shape& all = pass.plan->output;
    Index offset = 0;
    for (Index before = 0; before < i; ++before) offset += plan_of(pass, before).output.channels;
    return Eigen::Map<M, Eigen::Unaligned, Eigen::OuterStride<>>(
        sample + offset, plan_of(pass, i).output.channels, all.pixels(), Eigen::OuterStride<>(all.channels));
  }

  /// `yᵢ = outputs(i)` for all branches.
  template <Scalar S, class F>
  static void join(const Pass<S>& pass, View<S> y, const F& outputs) {
    kernels::for_each_item(pass.batch, y.rows(), [&](Index sample) {
      for (Index i = 0; i < branches; ++i) {
        const ConstView<S> out = outputs(i);
        channels_of(pass, i, y.data() + sample * y.rows()) = ConstView<S>(
            out.data() + sample * out.rows(), plan_of(pass, i).output.channels, pass.plan->output.pixels());
      }
    });
  }
  /// `to = dyᵢ`, or `to += dyᵢ`.
  template <Scalar S>
  static void split(const Pass<S>& pass, Index i, ConstView<S> dy, View<S> to, bool added) {
    kernels::for_each_item(pass.batch, to.rows(), [&](Index sample) {
      View<S> out(to.data() + sample * to.rows(), plan_of(pass, i).output.channels,
                  pass.plan->output.pixels());
      if (added)
        out += channels_of(pass, i, dy.data() + sample * dy.rows());
      else
        out = channels_of(pass, i, dy.data() + sample * dy.rows());
    });
  }
  template <Scalar S>
  static void add(View<S> sum, ConstView<S> more) {
    kernels::map(
        sum.data(), sum.size(), [](S a, S b) { return a + b; }, as_const(sum).data(), more.data());
  }

  std::tuple<Ls...> branches_;
};

}  // namespace eigenerate
