#pragma once

#include <optional>
#include <string>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Hyper-parameters of `LayerNorm`, with PyTorch's defaults.
struct LayerNormOptions {
  double epsilon = 1e-5;
  bool affine = true;  ///< whether there are a trained scale and shift
};

/// Layer normalization, `y = w ∘ (x − µ) / √(σ² + ε) + b` with µ and σ² of each sample over all its n
/// features: PyTorch's `LayerNorm([C, H, W])`.
///
/// It couples features and not samples, so gradient penalties may pass through it.
///
/// **Shapes** x, y, w and b: the given shape (w and b are PyTorch's (C, H, W), or (C) for vectors).
/// **Backward** with r = 1/√(σ² + ε), z = r·(x − µ), ⟨a, b⟩ = mean(a ∘ b) over a sample, and the symmetric
/// Jacobian A t = r·(t − mean(t) − z·⟨z, t⟩) of z: `dx = A (w ∘ dy)`, `dw += Σ_batch dy ∘ z`, `db += Σ_batch
/// dy`. Tangent: `ty = w ∘ (A tx)`. Its reverse, with g = w ∘ dty: `dtx = A g`, `dw += Σ_batch dy ∘ z + dty ∘
/// (A tx)`, `db += Σ_batch dy`, and `dx = A (w ∘ dy − r·(⟨z, tx⟩·g + ⟨z, g⟩·tx)) − r·z·⟨dty, ty⟩`.
/// **Cost** two passes over a sample, which stays in cache, for each of forward and backward.
/// **Init** w = 1, b = 0.
/// **Errors** `ShapeError` for another input shape.
/// **Numerics** sums in double, in a fixed order.
/// **Source** Ba, Kiros & Hinton 2016, eq. 4.
struct LayerNorm {
  Shape shape;
  LayerNormOptions options;

  explicit LayerNorm(const Shape& shape_, LayerNormOptions options_ = {})
      : shape(shape_), options(options_) {}
  explicit LayerNorm(Index features, LayerNormOptions options_ = {}) : LayerNorm(Shape{features}, options_) {}

  std::optional<Shape> input_shape() const { return shape; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    require_valid(shape, place.path + " (LayerNorm)");
    if (!(is_finite(options.epsilon) && options.epsilon > 0))
      fail<ConfigError>("{} (LayerNorm): epsilon must be positive, got {}", place, options.epsilon);
    if (input != shape) fail_input(place, "LayerNorm", to_string(shape), input);
    LayerPlan plan(place, "LayerNorm", input, input);
    if (options.affine) {
      const auto extents = shape.is_vector() ? std::vector<Index>{shape.channels}
                                             : std::vector<Index>{shape.channels, shape.height, shape.width};
      const auto order = shape.is_vector() ? std::vector<Index>{} : std::vector<Index>{1, 2, 0};
      plan.add_parameter("weight", Role::scale, extents, order).initial_center = 1;
      plan.add_parameter("bias", Role::shift, extents, order);
      // An image of one pixel is a vector here, and a sequence an image of one row; PyTorch keeps them apart.
      for (Segment& parameter : plan.parameters) parameter.any_unit_extents = true;
    }
    for (int statistic = 0; statistic < 2; ++statistic) plan.cache.add({1, 0});           // µ and r
    for (int coefficient = 0; coefficient < 2; ++coefficient) plan.tangents.add({1, 0});  // of A tx
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    kernels::normalize_columns(y.data(), pass.cache_slot(0), pass.cache_slot(1), x.data(), weight(pass),
                               options.affine ? pass.parameter(1) : nullptr, options.epsilon, shape.size(),
                               pass.batch);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (options.affine && pass.wants_gradients()) add_gradients(pass, x, dy);
    if (wanted(dx)) apply_jacobian<S>(pass, x, dy, dx, nullptr, weight(pass));
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    apply_jacobian<S>(pass, x, tx, ty, weight(pass), nullptr, pass.tangent_slot(0), pass.tangent_slot(1));
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S> ty,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (options.affine && pass.wants_gradients()) {
      add_gradients(pass, x, dy);
      kernels::accumulate_normalized_products(pass.gradient(0), dty.data(), pass.cache_slot(1), tx.data(),
                                              pass.tangent_slot(0), x.data(), pass.cache_slot(0),
                                              pass.tangent_slot(1), shape.size(), pass.batch);
    }
    if (wanted(dx))
      kernels::normalization_second_order(dx.data(), dy.data(), dty.data(), weight(pass), x.data(), tx.data(),
                                          ty.data(), pass.tangent_slot(0), pass.cache_slot(0),
                                          pass.cache_slot(1), shape.size(), pass.batch);
    if (wanted(dtx)) apply_jacobian<S>(pass, x, dty, dtx, nullptr, weight(pass));
  }

 private:
  template <Scalar S>
  const S* weight(const Pass<S>& pass) const {
    return options.affine ? pass.parameter(0) : nullptr;
  }

  /// `out = after ∘ A (before ∘ in)`.
  template <Scalar S>
  void apply_jacobian(const Pass<S>& pass, ConstView<S> x, ConstView<S> in, View<S> out, const S* after,
                      const S* before, S* slope = nullptr, S* shift = nullptr) const {
    kernels::apply_normalization_jacobian(out.data(), slope, shift, after, before, in.data(), x.data(),
                                          pass.cache_slot(0), pass.cache_slot(1), shape.size(), pass.batch);
  }

  template <Scalar S>
  void add_gradients(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    kernels::accumulate_normalized_products<S>(pass.gradient(0), dy.data(), nullptr, x.data(),
                                               pass.cache_slot(1), x.data(), pass.cache_slot(0), nullptr,
                                               shape.size(), pass.batch);
    kernels::accumulate_row_sums(pass.gradient(1), dy.data(), shape.size(), shape.size(), pass.batch);
  }
};

}  // namespace eigenerate
