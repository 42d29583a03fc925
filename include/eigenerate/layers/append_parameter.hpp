#pragma once

#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Appends `count` learned numbers to every sample, `y = (x, p)`: PyTorch's `nn.Parameter` as a part of an
/// output.
///
/// Behind a decoder it is the scale that all features share, for `Normal` and `Laplace` with
/// `Spread::shared`. The values of an image keep their order in memory, which is that of the images it is
/// compared with; a model whose other networks take these is told their shape (`.sample = Shape{3, 32, 32}`).
///
/// **Shapes** x: any shape, y: a vector of `x.size() + count`; value: (count).
/// **Backward** `dx` is the upper part of dy, `dp += Σ` of the lower part over the batch. Tangent `ty = (tx,
/// 0)`, its reverse `dx` and `dtx` likewise, `dp` as before.
/// **Cost** a copy.
/// **Init** `initial`.
/// **Errors** `ConfigError` for a count below 1 and an initial value that is not finite.
struct AppendParameter {
  Index count;
  double initial;

  explicit constexpr AppendParameter(Index count_ = 1, double initial_ = 0)
      : count(count_), initial(initial_) {}

  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const S* const p = pass.parameter(Parameter::value);
    kernels::for_each_item(x.cols(), y.rows(), [&](Index j) {
      y.col(j).head(x.rows()) = x.col(j);
      for (Index i = 0; i < count; ++i) y(x.rows() + i, j) = p[i];
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (pass.wants_gradients())
      kernels::accumulate_row_sums(pass.gradient(Parameter::value), dy.data() + x.rows(), dy.rows(), count,
                                   dy.cols());
    if (wanted(dx)) dx = dy.topRows(x.rows());
  }

  template <Scalar S>
  void tangent(const Pass<S>&, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    ty.topRows(x.rows()) = tx;
    ty.bottomRows(count).setZero();
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S>, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    backward(pass, x, y, dy, dx);
    if (wanted(dtx)) dtx = dty.topRows(x.rows());
  }

 private:
  struct Parameter {
    enum : Index { value };
  };
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan AppendParameter::plan(const Shape& input, const Place& place) const {
  if (count < 1)
    fail<ConfigError>("{} (AppendParameter): expected at least one number, got {}", place.path, count);
  if (!is_finite(initial))
    fail<ConfigError>("{} (AppendParameter): expected a finite initial value, got {}", place.path, initial);
  LayerPlan plan(place, "AppendParameter", input, {capped_sum(input.size(), count)});
  plan.add_parameter("value", Role::shift, {count}).initial_center = initial;
  return plan;
}

#endif

}  // namespace eigenerate
