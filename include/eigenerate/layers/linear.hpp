#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/affine_map.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Fully connected layer, `y = Wᵀ x + b`.
///
/// **Shapes** x: in × B, y: out × B, W: in × out column-major (the bytes of PyTorch's `(out, in)`), b: out.
/// `in` may be left open: `Linear{infer, out}`.
/// **Backward** `dx = W dy`, `dW += x dyᵀ`, `db += Σ_batch dy`.
/// **Cost** 2·in·out·B flops for each of forward, dx and dW.
/// **Init** uniform in ±1/√in for both, as PyTorch.
struct Linear : AffineMap<Linear> {
  Index in_features;
  Index out_features;
  bool bias;

  Linear(Index in_features_, Index out_features_, bool bias_ = true)
      : in_features(in_features_), out_features(out_features_), bias(bias_) {}

  std::optional<Shape> input_shape() const {
    if (in_features == infer) return std::nullopt;
    return Shape{in_features};
  }

  LayerPlan plan(const Shape& input, const Place& place) const;

  bool has_bias() const { return bias; }
  static constexpr bool folds = true;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y, const kernels::Epilogue<S>& epilogue) const {
    using enum kernels::Transpose;
    const Index in = pass.plan->input.channels;
    kernels::gemm(y.data(), out_features, pass.parameter(Parameter::weight), in, Yes, x.data(), in, No,
                  out_features, pass.batch, in, S(0), epilogue, pass.precision);
  }
  /// One sample is multiplied with the weight as it was packed, more with the one that packing rounded: they
  /// are the same numbers.
  void apply(const Pass<float>& pass, ConstView<float> x, View<float> y,
             const kernels::Epilogue<float>& epilogue, const kernels::Bf16Matrix& packed) const {
    if (packed.empty() || pass.batch > 1) return apply(pass, x, y, epilogue);
    kernels::multiply_transposed(y.data(), packed, x.data(), epilogue);
  }
  kernels::Bf16Matrix pack_weight(const Pass<float>& pass, float* weight) const;
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx,
                        const kernels::Epilogue<S>& epilogue) const {
    using enum kernels::Transpose;
    const Index in = pass.plan->input.channels;
    kernels::gemm(dx.data(), in, pass.parameter(Parameter::weight), in, No, dy.data(), out_features, No, in,
                  pass.batch, out_features, S(0), epilogue, pass.precision);
  }
  template <Scalar S>
  void add_weight_gradient(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    using enum kernels::Transpose;
    const Index in = pass.plan->input.channels;
    kernels::gemm(pass.gradient(Parameter::weight), in, x.data(), in, No, dy.data(), out_features, Yes, in,
                  out_features, pass.batch, S(1), {}, pass.precision);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE kernels::Bf16Matrix Linear::pack_weight(const Pass<float>& pass, float* weight) const {
  if (pass.weights == WeightPrecision::full) return {};
  const Index in = pass.plan->input.channels;
  for (Index i = 0; i < in * out_features; ++i) weight[i] = to_float(to_bf16(weight[i]));
  return {weight, in, out_features};
}

EIGENERATE_INLINE LayerPlan Linear::plan(const Shape& input, const Place& place) const {
  const Index in = detail::width_of(in_features, input.channels);
  if (in < 1 || out_features < 1)
    fail<ConfigError>("{} (Linear): needs at least one input and one output feature, got {} and {}", place,
                      in, out_features);
  if (input != Shape{in})
    fail_input(place, "Linear", in_features == infer ? "of one pixel" : to_string(Shape{in}), input,
               input.is_vector() ? "" : "put Flatten{} before it");
  LayerPlan plan(place, "Linear", input, {out_features});
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  auto& weight = plan.add_parameter("weight", Role::weight, {out_features, in});
  weight.fan_in = in;
  weight.fan_out = out_features;
  weight.initial_bound = bound;
  if (bias) plan.add_parameter("bias", Role::bias, {out_features}).initial_bound = bound;
  plan.applies_activations = true;
  plan.multiply_adds = capped_product(in, out_features);
  return plan;
}

#endif

}  // namespace eigenerate
