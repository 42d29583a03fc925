#pragma once

#include <optional>
#include <string>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Base of the activations: a layer that applies one function φ to every element.
///
/// A new activation is a struct `D : Elementwise<D>` with `static constexpr std::string_view kind` and three
/// functions of one element:
///
///     S value(S x)                 φ(x)
///     S derivative(S x, S y)       φ'(x), where y = φ(x) may save work
///     S curvature(S x, S y)        φ''(x), for gradient penalties
///
/// and, where no output leaves an interval, `ValueRange range()`; and where products can apply it themselves,
/// `kernels::Activation in_products()`: `derivative(y, y)` is `derivative(x, y)` then.
///
/// They vectorise if they are free of branches and calls: `kernels::select` and the functions of
/// kernels/math.hpp are. A NaN must give a NaN, so that a diverged network is found out.
///
/// **Shapes** y: as x, any shape.
/// **Backward** `dx = φ' dy`; tangent `ty = φ' tx`, its reverse `dx = φ' dy + φ'' tx dty`, `dtx = φ' dty`.
/// **Cost** one pass over memory each; nothing is cached, φ' and φ'' are computed from x and y.
template <class Derived>
struct Elementwise {
  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    LayerPlan plan(place, Derived::kind, input, input);
    plan.elementwise = true;
    plan.activation = activation();
    if constexpr (requires { function().range(); }) plan.bound_outputs(function().range());
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>&, ConstView<S> x, View<S> y) const {
    const auto value = [f = function()](S xi) { return f.value(xi); };
    kernels::map(y.data(), y.size(), value, x.data());
  }

  template <Scalar S>
  void backward(const Pass<S>&, ConstView<S> x, ConstView<S> y, ConstView<S> dy, View<S> dx) const {
    if (wanted(dx)) multiply_by_derivative(x, y, dy, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>&, ConstView<S> x, ConstView<S> y, ConstView<S> tx, View<S> ty) const {
    multiply_by_derivative(x, y, tx, ty);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>&, ConstView<S> x, ConstView<S> y, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    const auto reverse = [f = function()](S xi, S yi, S txi, S dyi, S dtyi) {
      return f.derivative(xi, yi) * dyi + f.curvature(xi, yi) * txi * dtyi;
    };
    if (wanted(dx))
      kernels::map(dx.data(), dx.size(), reverse, x.data(), y.data(), tx.data(), dy.data(), dty.data());
    if (wanted(dtx)) multiply_by_derivative(x, y, dty, dtx);
  }

  template <Scalar S>
  bool add_steps(const Pass<S>&, PredictionSteps<S>& steps) const {
    return !activation().is_none() && steps.activate(activation());
  }

 private:
  Derived function() const { return static_cast<const Derived&>(*this); }

  kernels::Activation activation() const {
    if constexpr (requires { function().in_products(); })
      return function().in_products();
    else
      return {};
  }

  template <Scalar S>
  void multiply_by_derivative(ConstView<S> x, ConstView<S> y, ConstView<S> v, View<S> out) const {
    const auto times = [f = function()](S xi, S yi, S vi) { return f.derivative(xi, yi) * vi; };
    kernels::map(out.data(), out.size(), times, x.data(), y.data(), v.data());
  }
};

}  // namespace eigenerate
