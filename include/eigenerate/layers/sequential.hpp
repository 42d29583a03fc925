#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Layers one after another, named `0`, `1`, … as in PyTorch's `nn.Sequential`.
///
/// **Shapes** each layer's output is the next one's input; the plan checks them all.
/// **Cost** the sum of its layers; memory for every intermediate activation (kept for backward) and two
/// deltas of the largest intermediate size, which take turns.
template <Layer... Ls>
requires(sizeof...(Ls) > 0) class Sequential {
 public:
  explicit Sequential(Ls... layers) : layers_(std::move(layers)...) {}

  std::optional<Shape> input_shape() const { return std::get<0>(layers_).input_shape(); }

  LayerPlan plan(const Shape& input, const std::string& path) const {
    std::vector<LayerPlan> children;
    std::apply([&](const auto&... layer) { (add_plan(children, layer, input, path), ...); }, layers_);
    LayerPlan plan(path, "Sequential", input, children.back().output);
    Index largest = 0;
    for (std::size_t i = 0; i + 1 < count; ++i) {
      const Index size = children[i].output.size();
      plan.cache.add({size, 0});
      plan.tangents.add({size, 0});
      largest = std::max(largest, size);
    }
    for (int turn = 0; turn < 2; ++turn) {
      plan.scratch.add({largest, 0});
      plan.tangents.add({largest, 0});
    }
    for (auto& child : children) plan.add_child(std::move(child));
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    each([&]<std::size_t I>() {
      std::get<I>(layers_).forward(pass.child(I), input_of<I>(pass, x), I == last ? y : activation(pass, I));
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> dy, View<S> dx) const {
    const std::size_t first = first_needed(pass, wanted(dx));
    each_reversed([&]<std::size_t I>() {
      if (I < first) return;
      std::get<I>(layers_).backward(pass.child(I), input_of<I>(pass, x), output_of<I>(pass, y),
                                    I == last ? dy : as_const(delta(pass, I)),
                                    I > first ? delta(pass, I - 1) : (I == 0 ? dx : unwanted<S>()));
    });
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> tx, View<S> ty) const {
    each([&]<std::size_t I>() {
      std::get<I>(layers_).tangent(pass.child(I), input_of<I>(pass, x), output_of<I>(pass, y),
                                   tangent_input_of<I>(pass, tx),
                                   I == last ? ty : activation_tangent(pass, I));
    });
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> tx, ConstView<S> ty,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    const std::size_t first = first_needed(pass, wanted(dx) || wanted(dtx));
    each_reversed([&]<std::size_t I>() {
      if (I < first) return;
      std::get<I>(layers_).tangent_backward(
          pass.child(I), input_of<I>(pass, x), output_of<I>(pass, y), tangent_input_of<I>(pass, tx),
          I == last ? ty : as_const(activation_tangent(pass, I)), I == last ? dy : as_const(delta(pass, I)),
          I == last ? dty : as_const(delta_tangent(pass, I)),
          I > first ? delta(pass, I - 1) : (I == 0 ? dx : unwanted<S>()),
          I > first ? delta_tangent(pass, I - 1) : (I == 0 ? dtx : unwanted<S>()));
    });
  }

 private:
  static constexpr std::size_t count = sizeof...(Ls);
  static constexpr std::size_t last = count - 1;

  template <class L>
  static void add_plan(std::vector<LayerPlan>& children, const L& layer, const Shape& input,
                       const std::string& path) {
    const Shape& shape = children.empty() ? input : children.back().output;
    children.push_back(layer.plan(shape, child_path(path, std::to_string(children.size()))));
  }

  /// Calls `f.operator()<I>()` for I = 0, 1, ….
  template <class F>
  static void each(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f.template operator()<I>(), ...);
    }
    (std::make_index_sequence<count>{});
  }
  template <class F>
  static void each_reversed(F&& f) {
    each([&]<std::size_t I>() { f.template operator()<last - I>(); });
  }

  /// The first layer whose backward must run: all of them where `dx` is wanted, otherwise those from the
  /// first with parameters on.
  template <Scalar S>
  static std::size_t first_needed(const Pass<S>& pass, bool input_gradient) {
    if (input_gradient) return 0;
    if (!pass.wants_gradients()) return count;
    std::size_t i = 0;
    while (i < count && pass.plan->children[i].parameter_size == 0) ++i;
    return i;
  }

  template <Scalar S>
  static Index size_of(const Pass<S>& pass, std::size_t i) {
    return pass.plan->children[i].output.size();
  }
  // The slots in the order in which `plan` adds them: the outputs of all layers but the last, then the two
  // deltas that take turns (in the scratch, and for tangents behind the tangents of the activations).
  template <Scalar S>
  static View<S> activation(const Pass<S>& pass, std::size_t i) {
    return pass.matrix(pass.cache_slot(static_cast<Index>(i)), size_of(pass, i));
  }
  template <Scalar S>
  static View<S> activation_tangent(const Pass<S>& pass, std::size_t i) {
    return pass.matrix(pass.tangent_slot(static_cast<Index>(i)), size_of(pass, i));
  }
  template <Scalar S>
  static View<S> delta(const Pass<S>& pass, std::size_t i) {
    return pass.matrix(pass.scratch_slot(static_cast<Index>(i % 2)), size_of(pass, i));
  }
  template <Scalar S>
  static View<S> delta_tangent(const Pass<S>& pass, std::size_t i) {
    return pass.matrix(pass.tangent_slot(static_cast<Index>(last + i % 2)), size_of(pass, i));
  }
  template <std::size_t I, Scalar S>
  static ConstView<S> input_of(const Pass<S>& pass, ConstView<S> x) {
    if constexpr (I == 0)
      return x;
    else
      return as_const(activation(pass, I - 1));
  }
  template <std::size_t I, Scalar S>
  static ConstView<S> output_of(const Pass<S>& pass, ConstView<S> y) {
    if constexpr (I == last)
      return y;
    else
      return as_const(activation(pass, I));
  }
  template <std::size_t I, Scalar S>
  static ConstView<S> tangent_input_of(const Pass<S>& pass, ConstView<S> tx) {
    if constexpr (I == 0)
      return tx;
    else
      return as_const(activation_tangent(pass, I - 1));
  }

  std::tuple<Ls...> layers_;
};

}  // namespace eigenerate
