#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/condition_map.hpp"

namespace eigenerate {

/// Scale and shift of every channel by the condition, `y = x ∘ (1 + γ(c)) + β(c)` with γ and β affine in c.
///
/// Behind a normalization without its own scale and shift it is a conditional normalization:
/// `BatchNorm{infer, {.affine = false}}, Modulate{}`.
///
/// **Shapes** x and y: C×H×W; the condition: a vector of K. weight: PyTorch's (2C, K), the rows of γ, then
/// those of β, as in `gamma, beta = nn.Linear(K, 2 * C)(c).chunk(2, dim=1)`; bias: 2C.
/// **Backward** `dx = dy ∘ (1 + γ)`; with `dγ = Σ dy ∘ x` and `dβ = Σ dy` over the pixels and samples that
/// one column of the condition serves, `dW += (dγ, dβ) cᵀ`, `db += Σ (dγ, dβ)`, `dc += Wᵀ (dγ, dβ)`. Tangent
/// `ty = tx ∘ (1 + γ)`; its reverse has `dγ = Σ dy ∘ x + dty ∘ tx` and `dtx = dty ∘ (1 + γ)`.
/// **Cost** one pass over memory, and 4·K·C flops per column of the condition.
/// **Init** zeros, whatever the initializer: it begins as the identity, as in Peebles & Xie 2023; Perez et
/// al. begin with random γ and β.
/// **Errors** `ConfigError` in a network without a condition, `ShapeError` for one that is an image.
/// **Numerics** dγ and dβ are summed in double.
/// **Source** Perez et al. 2018 (FiLM), section 3.3, γ as a difference from 1; Dumoulin et al. 2017 and de
/// Vries et al. 2017 (conditional instance and batch normalization).
struct Modulate {
  std::optional<Shape> input_shape() const { return std::nullopt; }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Index c = pass.plan->input.channels;
    S* const coefficients = pass.cache_slot(Cache::coefficients);
    map(pass).apply(pass, coefficients);
    for (Index j = 0; j < pass.condition.cols(); ++j)
      for (Index i = 0; i < c; ++i) coefficients[2 * c * j + i] += S(1);
    scale(pass, x, y, true);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (pass.wants_gradients() || pass.d_condition) {
      S* const d = pass.scratch_slot(Scratch::d_coefficients);
      sum_gradients(pass, x, dy, d);
      map(pass).add_gradients(pass, d);
    }
    if (wanted(dx)) scale(pass, dy, dx, false);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    scale(pass, tx, ty, false);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (pass.wants_gradients() || pass.d_condition) {
      const Index c = pass.plan->input.channels;
      S* const d = pass.scratch_slot(Scratch::d_coefficients);
      S* const along = pass.scratch_slot(Scratch::d_along_tangent);
      sum_gradients(pass, x, dy, d);
      sum_gradients(pass, tx, dty, along);
      for (Index j = 0; j < pass.condition.cols(); ++j)
        for (Index i = 0; i < c; ++i) d[2 * c * j + i] += along[2 * c * j + i];
      map(pass).add_gradients(pass, d);
    }
    if (wanted(dx)) scale(pass, dy, dx, false);
    if (wanted(dtx)) scale(pass, dty, dtx, false);
  }

 private:
  // (1 + γ, β) and their gradients: 2C × b, a column for each one of the condition.
  struct Cache {
    enum : Index { coefficients };
  };
  struct Scratch {
    enum : Index { d_coefficients, d_along_tangent, zeros };  // zeros: C
  };

  template <Scalar S>
  static detail::ConditionMap map(const Pass<S>& pass) {
    return {2 * pass.plan->input.channels};
  }

  template <Scalar S>
  static const S* zeros(const Pass<S>& pass) {
    S* const values = pass.scratch_slot(Scratch::zeros);
    std::fill_n(values, pass.plan->input.channels, S(0));
    return values;
  }

  /// `y = x ∘ (1 + γ) + β`, or without β.
  template <Scalar S>
  static void scale(const Pass<S>& pass, ConstView<S> x, View<S> y, bool shifted) {
    const Index c = pass.plan->input.channels, pixels = detail::pixels_per_condition(pass);
    const S* const none = zeros(pass);
    const S* const coefficients = pass.cache_slot(Cache::coefficients);
    kernels::for_each_item(pass.condition.cols(), c * pixels, [&](Index j) {
      const S* const one_plus_gamma = coefficients + 2 * c * j;
      kernels::scale_rows(y.data() + c * pixels * j, x.data() + c * pixels * j, none, one_plus_gamma,
                          shifted ? one_plus_gamma + c : none, c, pixels);
    });
  }

  /// `(dγ, dβ) = (Σ dy ∘ x, Σ dy)` for each column of the condition.
  template <Scalar S>
  static void sum_gradients(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy, S* d) {
    const Index c = pass.plan->input.channels, pixels = detail::pixels_per_condition(pass);
    const S* const center = zeros(pass);
    kernels::for_each_item(pass.condition.cols(), c * pixels, [&](Index j) {
      S* const d_gamma = d + 2 * c * j;
      kernels::row_gradient_sums(d_gamma + c, d_gamma, dy.data() + c * pixels * j, x.data() + c * pixels * j,
                                 center, c, pixels);
    });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Modulate::plan(const Shape& input, const Place& place) const {
  LayerPlan plan(place, "Modulate", input, input);
  const Index k = detail::vector_condition(plan), twice = capped_product(2, input.channels);
  plan.add_parameter("weight", Role::scale, {twice, k});
  plan.add_parameter("bias", Role::shift, {twice});
  plan.cache.add({twice, 0});
  plan.scratch.add({twice, 0});
  plan.scratch.add({twice, 0});
  plan.scratch.add({0, input.channels});
  plan.multiply_adds = capped_sum(capped_product(k, twice), input.size());
  return plan;
}

#endif

}  // namespace eigenerate
