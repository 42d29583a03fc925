#pragma once

#include <concepts>
#include <optional>
#include <string>

#include "eigenerate/layers/pass.hpp"
#include "eigenerate/layers/plan.hpp"

namespace eigenerate {

/// The contract of a layer: an immutable value with sizes and hyper-parameters, and four passes.
///
/// `x`, `y` and their gradients hold one sample per column. In the formulas J is the Jacobian ∂y/∂x.
///
/// - `input_shape()`: the only input shape that the layer accepts, where its own sizes determine it.
/// - `plan(input, path)`: checks the input shape (`ShapeError` names the path and both shapes) and declares
///   parameters, buffers and memory, and how many samples a training pass needs where one is not enough.
/// - `forward(pass, x, y)`: writes `y` and whatever backward needs into the cache.
/// - `backward(pass, x, y, dy, dx)`: `dx = Jᵀ dy` (when wanted) and `dp += (∂y/∂p)ᵀ dy` (when wanted). Never
///   writes the cache, so it may run again on the same forward.
/// - `tangent(pass, x, y, tx, ty)`: the directional derivative `ty = J tx`, after a forward.
/// - `tangent_backward(pass, x, y, tx, ty, dy, dty, dx, dtx)`: the reverse of forward and tangent together.
/// Given
///   the gradients of a scalar with respect to `y` and `ty`, writes those with respect to `x` and `tx` (when
///   wanted) and adds those of the parameters. This is what makes gradient penalties exact: the gradient of
///   ⟨v, ∇ₓD(x)⟩ is the reverse of the tangent pass along v (Pearlmutter 1994, reverse over forward).
///
/// `dx` and `dtx` never alias `dy`, `dty`, `x` or `y`. Every function works for float and double.
template <class L>
concept Layer = requires(const L& layer, const Shape& shape, const std::string& path, const Pass<float>& pass,
                         ConstView<float> in, View<float> out) {
  { layer.input_shape() } -> std::same_as<std::optional<Shape>>;
  { layer.plan(shape, path) } -> std::same_as<LayerPlan>;
  layer.forward(pass, in, out);
  layer.backward(pass, in, in, in, out);
  layer.tangent(pass, in, in, in, out);
  layer.tangent_backward(pass, in, in, in, in, in, in, out, out);
  // Last: for a class that a type-erased layer may be made from, this asks the question of Layer once more.
}
&&std::copy_constructible<L>;

/// Throws `ShapeError` for an input that the layer at `path` cannot take.
[[noreturn]] inline void fail_input(std::string_view path, std::string_view kind, std::string_view expected,
                                    const Shape& got, std::string_view advice = {}) {
  fail<ShapeError>("{} ({}): expected input {}, got {}{}{}", path, kind, expected, to_string(got),
                   advice.empty() ? "" : "; ", advice);
}

}  // namespace eigenerate
