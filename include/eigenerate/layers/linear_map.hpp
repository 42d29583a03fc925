#pragma once

#include <optional>

#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Base of the layers without parameters whose output is linear in their input, given what their forward pass
/// keeps in the cache: `y = A x`.
///
/// Such a layer is a struct `D : LinearMap<D>` with a `plan` and two functions, of which neither writes the
/// cache:
///
///     apply(pass, x, y)                `y = A x`
///     apply_transposed(pass, dy, dx)   `dx = Aᵀ dy`
///
/// and, where A depends on the input or on noise, its own `forward`, which keeps in the cache what determines
/// A.
///
/// **Backward** `dx = Aᵀ dy`; tangent `ty = A tx`, its reverse `dx = Aᵀ dy`, `dtx = Aᵀ dty`.
template <class Derived>
struct LinearMap {
  std::optional<Shape> input_shape() const { return std::nullopt; }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    map().apply(pass, x, y);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (wanted(dx)) map().apply_transposed(pass, dy, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    map().apply(pass, tx, ty);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S>, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (wanted(dx)) map().apply_transposed(pass, dy, dx);
    if (wanted(dtx)) map().apply_transposed(pass, dty, dtx);
  }

 private:
  const Derived& map() const { return static_cast<const Derived&>(*this); }
};

}  // namespace eigenerate
