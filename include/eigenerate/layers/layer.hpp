#pragma once

#include <concepts>
#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/pass.hpp"
#include "eigenerate/layers/plan.hpp"

namespace eigenerate {

/// The contract of a layer: an immutable value with sizes and hyper-parameters, and four passes.
///
/// `x`, `y` and their gradients hold one sample per column. In the formulas J is the Jacobian ∂y/∂x.
///
/// - `input_shape()`: the only input shape that the layer accepts, where its own sizes determine it.
/// - `plan(input, place)`: checks the input shape (`ShapeError` names the path and both shapes) and declares
///   parameters, buffers and memory, and how many samples a training pass needs where one is not enough.
/// - `forward(pass, x, y)`: writes `y` and whatever backward needs into the cache. Where
///   `pass.buffer_updates` says so it moves the buffers, and then computes with what they have become, so
///   that a pass after it that keeps them gives the same outputs.
/// - `backward(pass, x, y, dy, dx)`: `dx = Jᵀ dy` (when wanted), `dp += (∂y/∂p)ᵀ dy` (when wanted), and the
///   same for the condition. Never writes the cache and never reads the buffers, which may have moved
///   since, so it may run again on the same forward.
/// - `tangent(pass, x, y, tx, ty)`: the directional derivative `ty = J tx`, after a forward, the condition
///   held fixed.
/// - `tangent_backward(pass, x, y, tx, ty, dy, dty, dx, dtx)`: the reverse of forward and tangent together.
///   Given the gradients of a scalar with respect to `y` and `ty`, writes those with respect to `x` and `tx`
///   (when wanted) and adds those of the parameters. This is what makes gradient penalties exact: the
///   gradient of ⟨v, ∇ₓD(x)⟩ is the reverse of the tangent pass along v (Pearlmutter 1994, reverse over
///   forward).
/// - `takes_condition()`, where the layer may read the condition: whether it does.
/// - `add_steps(pass, steps)`, where evaluating passes can be cheaper once parameters and buffers stay as
///   they are: adds to `PredictionSteps` what such a pass does, and returns true; false where it runs as
///   it is, like a layer without this function. The pass evaluates, has parameters and buffers, and memory
///   for one sample that ends with the call. So a normalization goes into the product before it
///   (`map_elements`), an activation too (`activate`), and what only matters in training adds nothing. A
///   layer that derives from another one inherits the function, and must replace it with `forward`.
///
/// Where the plan says `applies_activations`, forward and backward also do what `Pass::activation` says. A
/// layer that replaces the `forward` of such a one must do so too, or take the word back.
///
/// `dx` and `dtx` never alias `dy`, `dty`, `x` or `y`.
template <class L, class S>
concept LayerOf = Scalar<S> && requires(const L& layer, const Shape& shape, const Place& place,
                                        const Pass<S>& pass, ConstView<S> in, View<S> out) {
  { layer.input_shape() } -> std::same_as<std::optional<Shape>>;
  { layer.plan(shape, place) } -> std::same_as<LayerPlan>;
  layer.forward(pass, in, out);
  layer.backward(pass, in, in, in, out);
  layer.tangent(pass, in, in, in, out);
  layer.tangent_backward(pass, in, in, in, in, in, in, out, out);
  // Last: for a class that a type-erased layer may be made from, this asks the question of LayerOf once more.
} && std::copy_constructible<L>;

/// What works in float, in double, or, as the layers here do, in both.
template <class L>
concept Layer = LayerOf<L, float> || LayerOf<L, double>;

/// Whether a layer reads the condition of its network.
template <class L>
bool takes_condition(const L& layer) {
  if constexpr (requires { layer.takes_condition(); })
    return layer.takes_condition();
  else
    return false;
}

/// Throws `ShapeError` for an input that the layer at `place` cannot take.
[[noreturn]] void fail_input(const Place& place, std::string_view kind, std::string_view expected,
                             const Shape& got, std::string_view advice = {});

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE void fail_input(const Place& place, std::string_view kind, std::string_view expected,
                                  const Shape& got, std::string_view advice) {
  fail<ShapeError>("{} ({}): expected input {}, got {}{}{}", place, kind, expected, to_string(got),
                   advice.empty() ? "" : "; ", advice);
}

#endif

}  // namespace eigenerate
