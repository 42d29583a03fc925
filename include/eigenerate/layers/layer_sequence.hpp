#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/layers/detail/layer_step.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Whether a composite computes in S: where all its layers do. A variable beside the class, because a
/// composite is asked before its class is complete.
template <class Composite, class S>
inline constexpr bool computes_in = true;

/// Base of `Sequential` and `AnySequential`: layers one after another, named `0`, `1`, … as in PyTorch's
/// `nn.Sequential`.
///
/// The derived class says where the layers are: `count()`, and `for_each(f)` and `for_each_reversed(f)`,
/// which call `f(layer, index)` in rising and in falling order; and, where their names are not their numbers,
/// `place_of(place, index)`; and in which scalars all of them compute, by a specialization of `computes_in`.
///
/// Where a layer can apply the activation behind it, it does: the product of a convolution writes the output
/// of its ReLU, and that of the backward pass what has gone through the ReLU before it. What the layer would
/// have given itself is never written then; the activation's passes see y in the place of x.
///
/// **Shapes** each layer's output is the next one's input; the plan checks them all.
/// **Cost** the sum of its layers; memory for every intermediate activation that is written (kept for
/// backward) and two deltas of the largest intermediate size, which take turns.
template <class Derived>
class LayerSequence {
 public:
  std::optional<Shape> input_shape() const {
    std::optional<Shape> shape;
    layers().for_each([&](const auto& layer, std::size_t i) {
      if (i == 0) shape = layer.input_shape();
    });
    return shape;
  }

  bool takes_condition() const {
    bool any = false;
    layers().for_each(
        [&](const auto& layer, std::size_t) { any = any || eigenerate::takes_condition(layer); });
    return any;
  }

  LayerPlan plan(const Shape& input, const Place& place) const {
    std::vector<LayerPlan> children;
    layers().for_each([&](const auto& layer, std::size_t i) {
      const Shape& shape = i == 0 ? input : children.back().output;
      children.push_back(layer.plan(shape, place_at(place, i)));
    });
    if (children.empty()) fail_moved_from("sequence of layers");
    LayerPlan plan(place, "Sequential", input, children.back().output);
    Index largest = 0;
    for (std::size_t i = 0; i + 1 < children.size(); ++i) {
      const Index size = children[i].output.size();
      plan.cache.add({applies_next(children, i) ? 0 : size, 0});
      plan.tangents.add({size, 0});
      largest = std::max(largest, size);
    }
    for (int turn = 0; turn < 2; ++turn) {
      plan.scratch.add({largest, 0});
      plan.tangents.add({largest, 0});
    }
    for (const auto& child : children) {
      if (child.moves_values) continue;
      if (child.rescaling && plan.output_range) {
        plan.output_range = (*child.rescaling)(*plan.output_range);
        continue;
      }
      plan.output_range = child.output_range;
      plan.bounded_by = child.bounded_by;
    }
    plan.moves_values =
        std::all_of(children.begin(), children.end(), [](const LayerPlan& c) { return c.moves_values; });
    for (auto& child : children) plan.add_child(std::move(child));
    return plan;
  }

  template <Scalar S>
  requires(computes_in<Derived, S>) void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    layers().for_each([&](const auto& layer, std::size_t i) {
      if (i > 0 && applies_next(pass.plan->children, i - 1)) return;
      Pass<S> inner = child(pass, i);
      if (applies_next(pass.plan->children, i)) inner.activation = pass.plan->children[i + 1].activation;
      layer.forward(inner, input_of(pass, i, x, as_const(y)), output_of(pass, i, y));
    });
  }

  template <Scalar S>
  requires(computes_in<Derived, S>) void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y,
                                                  ConstView<S> dy, View<S> dx) const {
    const std::size_t first = first_needed(pass, wanted(dx));
    const S* outgoing = dy.data();
    std::size_t turn = 0;
    bool is_done = false;
    layers().for_each_reversed([&](const auto& layer, std::size_t i) {
      if (i < first || std::exchange(is_done, false)) return;
      Pass<S> inner = child(pass, i);
      // The first layer of those whose input's gradient this one gives.
      std::size_t to = i;
      if (i > first && pass.plan->children[i].applies_activations &&
          !pass.plan->children[i - 1].activation.is_none()) {
        inner.activation = pass.plan->children[i - 1].activation;
        is_done = true;
        --to;
      }
      const View<S> incoming = to > first ? delta(pass, turn, to - 1) : (to == 0 ? dx : unwanted<S>());
      layer.backward(inner, input_of(pass, i, x, y), output_of(pass, i, y),
                     ConstView<S>(outgoing, size_of(pass, i), pass.batch), incoming);
      outgoing = incoming.data();
      turn = 1 - turn;
    });
  }

  template <Scalar S>
  requires(computes_in<Derived, S>) void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S> y,
                                                 ConstView<S> tx, View<S> ty) const {
    layers().for_each([&](const auto& layer, std::size_t i) {
      layer.tangent(child(pass, i), input_of(pass, i, x, y), output_of(pass, i, y),
                    tangent_input_of(pass, i, tx), i == last() ? ty : activation_tangent(pass, i));
    });
  }

  template <Scalar S>
  requires(computes_in<Derived, S>) void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y,
                                                          ConstView<S> tx, ConstView<S> ty, ConstView<S> dy,
                                                          ConstView<S> dty, View<S> dx, View<S> dtx) const {
    const std::size_t first = first_needed(pass, wanted(dx) || wanted(dtx));
    layers().for_each_reversed([&](const auto& layer, std::size_t i) {
      if (i < first) return;
      layer.tangent_backward(child(pass, i), input_of(pass, i, x, y), output_of(pass, i, y),
                             tangent_input_of(pass, i, tx),
                             i == last() ? ty : as_const(activation_tangent(pass, i)),
                             i == last() ? dy : as_const(delta(pass, i % 2, i)),
                             i == last() ? dty : as_const(delta_tangent(pass, i)),
                             i > first ? delta(pass, (i - 1) % 2, i - 1) : (i == 0 ? dx : unwanted<S>()),
                             i > first ? delta_tangent(pass, i - 1) : (i == 0 ? dtx : unwanted<S>()));
    });
  }

  template <Scalar S>
  requires(computes_in<Derived, S>) bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    layers().for_each([&](const auto& layer, std::size_t i) { add_steps_of(layer, child(pass, i), steps); });
    return true;
  }

 private:
  /// Where layer `i` stands, unless the derived class says otherwise.
  static Place place_at(const Place& place, std::size_t i) {
    if constexpr (requires { Derived::place_of(place, i); })
      return Derived::place_of(place, i);
    else
      return place.child(std::to_string(i));
  }

  /// Whether layer `i` applies the activation behind it.
  static bool applies_next(const std::vector<LayerPlan>& plans, std::size_t i) {
    return plans[i].applies_activations && i + 1 < plans.size() && !plans[i + 1].activation.is_none();
  }

  const Derived& layers() const { return static_cast<const Derived&>(*this); }
  std::size_t last() const { return layers().count() - 1; }

  /// The first layer whose backward must run: all of them where `dx` is wanted, otherwise those from the
  /// first that has gradients of its own to give on.
  template <Scalar S>
  std::size_t first_needed(const Pass<S>& pass, bool input_gradient) const {
    if (input_gradient) return 0;
    std::size_t i = 0;
    while (i < layers().count() && !pass.child_has_gradients(static_cast<Index>(i))) ++i;
    return i;
  }

  template <Scalar S>
  static Pass<S> child(const Pass<S>& pass, std::size_t i) {
    return pass.child(static_cast<Index>(i));
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
  static View<S> delta(const Pass<S>& pass, std::size_t turn, std::size_t i) {
    return pass.matrix(pass.scratch_slot(static_cast<Index>(turn)), size_of(pass, i));
  }
  template <Scalar S>
  View<S> delta_tangent(const Pass<S>& pass, std::size_t i) const {
    return pass.matrix(pass.tangent_slot(static_cast<Index>(last() + i % 2)), size_of(pass, i));
  }
  template <Scalar S>
  ConstView<S> input_of(const Pass<S>& pass, std::size_t i, ConstView<S> x, ConstView<S> y) const {
    return i == 0 ? x : output_of(pass, i - 1, y);
  }
  /// What layer `i` gives, or what the activation makes of it that it applies.
  template <Scalar S>
  View<S> output_of(const Pass<S>& pass, std::size_t i, View<S> y) const {
    const std::size_t written = applies_next(pass.plan->children, i) ? i + 1 : i;
    return written == last() ? y : activation(pass, written);
  }
  template <Scalar S>
  ConstView<S> output_of(const Pass<S>& pass, std::size_t i, ConstView<S> y) const {
    const std::size_t written = applies_next(pass.plan->children, i) ? i + 1 : i;
    return written == last() ? y : as_const(activation(pass, written));
  }
  template <Scalar S>
  static ConstView<S> tangent_input_of(const Pass<S>& pass, std::size_t i, ConstView<S> tx) {
    return i == 0 ? tx : as_const(activation_tangent(pass, i - 1));
  }
};

}  // namespace eigenerate
