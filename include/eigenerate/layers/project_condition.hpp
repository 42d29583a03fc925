#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/condition_map.hpp"

namespace eigenerate {

/// The end of a projection discriminator, `y = ⟨φ, V c⟩ + ψ(φ)` with `ψ(φ) = ⟨φ, w⟩ + b`: a logit for
/// features φ under a condition c. The layers before it compute φ.
///
/// Of an image it makes a map of logits, one per pixel.
///
/// **Shapes** x: F×H×W, the features φ; the condition: a vector of K; y: 1×H×W. embedding: PyTorch's (K, F),
/// the rows of an `nn.Embedding` where c is a one-hot code; weight: (1, F) and bias: (1), those of an
/// `nn.Linear(F, 1)`.
/// **Backward** with `a = w + V c`: `dx = a dy`; with `da = Σ dy x` over the pixels and samples that one
/// column of the condition serves, `dV += da cᵀ`, `dw += Σ da`, `db += Σ dy`, `dc += Vᵀ da`. Tangent `ty =
/// ⟨tx, a⟩`; its reverse has `da = Σ dy x + dty tx`, `dtx = a dty`.
/// **Cost** 2·F flops per pixel and 2·K·F per column of the condition, for each of forward, dx and the
/// parameters.
/// **Init** embedding and weight by the initializer, by default uniform in ±1/√F as PyTorch's Linear, bias
/// too.
/// **Errors** `ConfigError` in a network without a condition, `ShapeError` for one that is an image.
/// **Source** Miyato & Koyama 2018, eq. 3; ψ is linear, as in their experiments.
struct ProjectCondition {
  std::optional<Shape> input_shape() const { return std::nullopt; }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    map(pass).apply(pass, pass.cache_slot(Cache::a));
    project(pass, x, y, pass.parameter(Parameter::bias));
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (pass.wants_gradients() || pass.d_condition) {
      add_products(pass, x, dy, S(0));
      add_gradients(pass, dy);
    }
    if (wanted(dx)) spread(pass, dy, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    project<S>(pass, tx, ty, nullptr);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (pass.wants_gradients() || pass.d_condition) {
      add_products(pass, x, dy, S(0));
      add_products(pass, tx, dty, S(1));
      add_gradients(pass, dy);
    }
    if (wanted(dx)) spread(pass, dy, dx);
    if (wanted(dtx)) spread(pass, dty, dtx);
  }

 private:
  struct Parameter {
    enum : Index { embedding, weight, bias };
  };
  // a = w + V c and its gradient: F × b, a column for each one of the condition.
  struct Cache {
    enum : Index { a };
  };
  struct Scratch {
    enum : Index { da };
  };

  template <Scalar S>
  static detail::ConditionMap map(const Pass<S>& pass) {
    return {pass.plan->input.channels};
  }

  /// Calls `f(a, first pixel, its column)` for the samples of each column of the condition.
  template <Scalar S, class F>
  static void for_each_condition(const Pass<S>& pass, S* a, const F& f) {
    const Index features = pass.plan->input.channels, pixels = detail::pixels_per_condition(pass);
    for (Index j = 0; j < pass.condition.cols(); ++j) f(a + features * j, features * pixels * j, pixels * j);
  }

  /// `y = ⟨x, a⟩ + bias`.
  template <Scalar S>
  static void project(const Pass<S>& pass, ConstView<S> x, View<S> y, const S* bias) {
    using enum kernels::Transpose;
    const Index f = pass.plan->input.channels, pixels = detail::pixels_per_condition(pass);
    for_each_condition(pass, pass.cache_slot(Cache::a), [&](const S* a, Index at, Index pixel) {
      kernels::gemm(y.data() + pixel, 1, a, f, Yes, x.data() + at, f, No, 1, pixels, f, S(0), {.bias = bias},
                    pass.precision);
    });
  }
  /// `dx = a dy`.
  template <Scalar S>
  static void spread(const Pass<S>& pass, ConstView<S> dy, View<S> dx) {
    using enum kernels::Transpose;
    const Index f = pass.plan->input.channels, pixels = detail::pixels_per_condition(pass);
    for_each_condition(pass, pass.cache_slot(Cache::a), [&](const S* a, Index at, Index pixel) {
      kernels::gemm(dx.data() + at, f, a, f, No, dy.data() + pixel, 1, No, f, pixels, 1, S(0), {},
                    pass.precision);
    });
  }
  /// `da = beta da + Σ dy x`.
  template <Scalar S>
  static void add_products(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy, S beta) {
    using enum kernels::Transpose;
    const Index f = pass.plan->input.channels, pixels = detail::pixels_per_condition(pass);
    for_each_condition(pass, pass.scratch_slot(Scratch::da), [&](S* da, Index at, Index pixel) {
      kernels::gemm(da, f, x.data() + at, f, No, dy.data() + pixel, pixels, No, f, 1, pixels, beta, {},
                    pass.precision);
    });
  }
  template <Scalar S>
  static void add_gradients(const Pass<S>& pass, ConstView<S> dy) {
    map(pass).add_gradients(pass, pass.scratch_slot(Scratch::da));
    if (pass.wants_gradients())
      kernels::accumulate_row_sums(pass.gradient(Parameter::bias), dy.data(), 1, 1, dy.size());
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan ProjectCondition::plan(const Shape& input, const Place& place) const {
  LayerPlan plan(place, "ProjectCondition", input, {1, input.height, input.width});
  const Index k = detail::vector_condition(plan), f = input.channels;
  const double bound = 1 / std::sqrt(static_cast<double>(f));
  const auto add_weight = [&](std::string_view name, std::vector<Index> shape, std::vector<Index> order) {
    Segment& weight = plan.add_parameter(name, Role::weight, std::move(shape), std::move(order));
    weight.fan_in = f;
    weight.fan_out = 1;
    weight.initial_bound = bound;
  };
  add_weight("embedding", {k, f}, {1, 0});
  add_weight("weight", {1, f}, {});
  plan.add_parameter("bias", Role::bias, {1}).initial_bound = bound;
  plan.cache.add({f, 0});
  plan.scratch.add({f, 0});
  plan.multiply_adds = capped_sum(capped_product(k, f), input.size());
  return plan;
}

#endif

}  // namespace eigenerate
