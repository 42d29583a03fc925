#pragma once

#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/infer.hpp"
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
/// **Shapes** x, y, w and b: the given shape (w and b are PyTorch's (C, H, W), or (C) for vectors), or, with
/// `LayerNorm{infer}`, that of the input.
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

  std::optional<Shape> input_shape() const {
    if (shape.channels == infer) return std::nullopt;
    return shape;
  }

  LayerPlan plan(const Shape& input, const Place& place) const;

  // y = w ∘ z + b with z = r·(x − µ); µ and r of each sample are kept.
  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Sample<S> of(pass);
    kernels::normalize_columns(y.data(), of.mean, of.r, x.data(), weight(pass), bias(pass), options.epsilon,
                               of.features, pass.batch);
  }

  // dx = A (w ∘ dy), dw += Σ dy ∘ z, db += Σ dy
  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (options.affine && pass.wants_gradients()) add_gradients(pass, x, dy);
    if (wanted(dx)) apply_jacobian<S>(pass, {.after = nullptr, .before = weight(pass)}, x, dy, dx);
  }

  // ty = w ∘ (A tx); what makes A tx of tx and x, `A tx = r·tx + slope·(x − µ) + shift`, is kept.
  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    apply_jacobian<S>(pass, {.after = weight(pass), .before = nullptr}, x, tx, ty,
                      pass.tangent_slot(Tangent::slope), pass.tangent_slot(Tangent::shift));
  }

  // With g = w ∘ dty: dtx = A g, dw += Σ dy ∘ z + dty ∘ (A tx), db += Σ dy, and
  // dx = A (w ∘ dy − r·(⟨z, tx⟩·g + ⟨z, g⟩·tx)) − r·z·⟨dty, ty⟩
  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S> ty,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    const Sample<S> of(pass);
    const S* const slope = pass.tangent_slot(Tangent::slope);
    if (options.affine && pass.wants_gradients()) {
      add_gradients(pass, x, dy);
      kernels::accumulate_normalized_products(pass.gradient(Parameter::weight), dty.data(), of.r, tx.data(),
                                              slope, x.data(), of.mean, pass.tangent_slot(Tangent::shift),
                                              of.features, pass.batch);
    }
    if (wanted(dx))
      kernels::normalization_second_order(dx.data(), dy.data(), dty.data(), weight(pass), x.data(), tx.data(),
                                          ty.data(), slope, of.mean, of.r, of.features, pass.batch);
    if (wanted(dtx)) apply_jacobian<S>(pass, {.after = nullptr, .before = weight(pass)}, x, dty, dtx);
  }

 private:
  // The tensors by their slots: parameters have the shape of a sample, the others one number per sample.
  struct Parameter {
    enum : Index { weight, bias };
  };
  struct Cache {
    enum : Index { mean, inverse_deviation, count };
  };
  struct Tangent {
    enum : Index { slope, shift, count };
  };

  /// µ and r = 1/√(σ² + ε) of every sample, and how many features it has.
  template <Scalar S>
  struct Sample {
    explicit Sample(const Pass<S>& pass)
        : mean(pass.cache_slot(Cache::mean)),
          r(pass.cache_slot(Cache::inverse_deviation)),
          features(pass.plan->input.size()) {}
    S* mean;
    S* r;
    Index features;
  };

  /// What multiplies the argument and the value of A; null for ones.
  template <Scalar S>
  struct Factors {
    const S* after;
    const S* before;
  };

  template <Scalar S>
  const S* weight(const Pass<S>& pass) const {
    return options.affine ? pass.parameter(Parameter::weight) : nullptr;
  }
  template <Scalar S>
  const S* bias(const Pass<S>& pass) const {
    return options.affine ? pass.parameter(Parameter::bias) : nullptr;
  }

  /// `out = after ∘ A (before ∘ in)` with A t = r·(t − mean(t) − z·⟨z, t⟩), the Jacobian of z.
  template <Scalar S>
  static void apply_jacobian(const Pass<S>& pass, const Factors<S>& factors, ConstView<S> x, ConstView<S> in,
                             View<S> out, S* slope = nullptr, S* shift = nullptr) {
    const Sample<S> of(pass);
    kernels::apply_normalization_jacobian(out.data(), slope, shift, factors.after, factors.before, in.data(),
                                          x.data(), of.mean, of.r, of.features, pass.batch);
  }

  /// `dw += Σ dy ∘ z`, z = 0·x + r·(x − µ), and `db += Σ dy`.
  template <Scalar S>
  static void add_gradients(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) {
    const Sample<S> of(pass);
    kernels::accumulate_normalized_products<S>(pass.gradient(Parameter::weight), dy.data(), nullptr, x.data(),
                                               of.r, x.data(), of.mean, nullptr, of.features, pass.batch);
    kernels::accumulate_row_sums(pass.gradient(Parameter::bias), dy.data(), of.features, of.features,
                                 pass.batch);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan LayerNorm::plan(const Shape& input, const Place& place) const {
  if (shape.channels != infer) {
    require_valid(shape, place.path + " (LayerNorm)");
    if (input != shape) fail_input(place, "LayerNorm", to_string(shape), input);
  }
  if (!(is_finite(options.epsilon) && options.epsilon > 0))
    fail<ConfigError>("{} (LayerNorm): epsilon must be positive, got {}", place, options.epsilon);
  LayerPlan plan(place, "LayerNorm", input, input);
  if (options.affine) {
    const auto extents = input.is_vector() ? std::vector<Index>{input.channels}
                                           : std::vector<Index>{input.channels, input.height, input.width};
    const auto order = input.is_vector() ? std::vector<Index>{} : std::vector<Index>{1, 2, 0};
    plan.add_parameter("weight", Role::scale, extents, order).initial_center = 1;
    plan.add_parameter("bias", Role::shift, extents, order);
    // An image of one pixel is a vector here, and a sequence an image of one row; PyTorch keeps them apart.
    for (Segment& parameter : plan.parameters) parameter.any_unit_extents = true;
  }
  for (Index slot = 0; slot < Cache::count; ++slot) plan.cache.add({1, 0});
  for (Index slot = 0; slot < Tangent::count; ++slot) plan.tangents.add({1, 0});
  plan.multiply_adds = input.size();
  return plan;
}

#endif

}  // namespace eigenerate
