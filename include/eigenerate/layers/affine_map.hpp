#pragma once

#include <memory>
#include <optional>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/affine_step.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Base of the layers `y = A x + b` whose matrix A is linear in the first parameter, the weight, and where b
/// repeats the second one, a value per output channel (or is absent): fully connected layers and
/// convolutions.
///
/// Such a layer is a struct `D : AffineMap<D>` with a `plan` and four functions:
///
///     has_bias()                                whether there is a bias
///     apply(pass, x, y, epilogue)               `y = A x`, then what the epilogue says
///     apply_transposed(pass, dy, dx, epilogue)  `dx = Aᵀ dy`, then what the epilogue says
///     add_weight_gradient(pass, x, dy)          `dw +=` the gradient of ⟨dy, A x⟩ with respect to the weight
///
/// and whose plan says that it applies activations.
///
/// Where output channel c is made with the weights of output c alone (those of `Segment::output_dimension`),
/// it also has `static constexpr bool folds`, true. Predictions then fold into it what follows. Where these
/// gain by a weight that is packed once and for all, it has further
///
///     pack_weight(pass, weight)                 what is packed, empty when default-constructed; where that
///                                               rounds the weight, it rounds `weight` too
///     apply(pass, x, y, epilogue, packed)       the same with it, to the bit, whatever the pass's precision
///
/// **Backward** `dx = Aᵀ dy`, `dw += ∂⟨dy, A x⟩/∂w`, `db += Σ_{batch, pixels} dy`. Tangent `ty = A tx`, its
/// reverse `dx = Aᵀ dy`, `dtx = Aᵀ dty`, `dw += ∂(⟨dy, A x⟩ + ⟨dty, A tx⟩)/∂w`.
template <class Derived>
struct AffineMap {
  std::optional<Shape> input_shape() const { return std::nullopt; }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    map().apply(pass, x, y, {.bias = bias_of(pass), .activation = pass.activation});
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (pass.wants_gradients()) add_gradients(pass, x, dy);
    if (wanted(dx))
      map().apply_transposed(pass, dy, dx, {.activation = pass.activation, .activated = x.data()});
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    map().template apply<S>(pass, tx, ty, {});
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (pass.wants_gradients()) {
      add_gradients(pass, x, dy);
      map().add_weight_gradient(pass, tx, dty);
    }
    if (wanted(dx)) map().template apply_transposed<S>(pass, dy, dx, {});
    if (wanted(dtx)) map().template apply_transposed<S>(pass, dty, dtx, {});
  }

  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    constexpr bool folds = requires {
      Derived::folds;
    };
    if constexpr (folds)
      steps.add(std::make_unique<detail::AffineStep<Derived, S>>(map(), pass, bias_of(pass)));
    return folds;
  }

 protected:
  struct Parameter {
    enum : Index { weight, bias };
  };

 private:
  const Derived& map() const { return static_cast<const Derived&>(*this); }

  template <Scalar S>
  const S* bias_of(const Pass<S>& pass) const {
    return map().has_bias() ? pass.parameter(Parameter::bias) : nullptr;
  }

  template <Scalar S>
  void add_gradients(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    map().add_weight_gradient(pass, x, dy);
    if (!map().has_bias()) return;
    const Shape& output = pass.plan->output;
    kernels::accumulate_row_sums(pass.gradient(Parameter::bias), dy.data(), output.channels, output.channels,
                                 output.pixels() * pass.batch);
  }
};

}  // namespace eigenerate
