#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Fully connected layer, `y = Wᵀ x + b`.
///
/// **Shapes** x: in × B, y: out × B, W: in × out column-major (the bytes of PyTorch's `(out, in)`), b: out.
/// **Backward** `dx = W dy`, `dW += x dyᵀ`, `db += Σ_batch dy`.
/// **Cost** 2·in·out·B flops for each of forward, dx and dW.
/// **Init** uniform in ±1/√in for both, as PyTorch.
struct Linear {
  Index in_features;
  Index out_features;
  bool bias = true;

  std::optional<Shape> input_shape() const { return Shape{in_features}; }

  LayerPlan plan(const Shape& input, const std::string& path) const {
    if (in_features < 1 || out_features < 1)
      fail<ConfigError>("{} (Linear): needs at least one input and one output feature, got {} and {}", path,
                        in_features, out_features);
    if (input != Shape{in_features})
      fail_input(path, "Linear", to_string(Shape{in_features}), input,
                 input.is_vector() ? "" : "put Flatten{} before it");
    LayerPlan plan(path, "Linear", input, {out_features});
    const double bound = 1 / std::sqrt(static_cast<double>(in_features));
    auto& weight = plan.add_parameter("weight", Role::weight, {out_features, in_features});
    weight.fan_in = in_features;
    weight.fan_out = out_features;
    weight.initial_bound = bound;
    if (bias) plan.add_parameter("bias", Role::bias, {out_features}).initial_bound = bound;
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    multiply(pass, x, y, bias ? pass.parameter(1) : nullptr);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (pass.wants_gradients()) add_gradients(pass, x, dy);
    if (wanted(dx)) multiply_transposed(pass, dy, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    multiply<S>(pass, tx, ty, nullptr);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (pass.wants_gradients()) {
      add_gradients(pass, x, dy);
      add_weight_gradient(pass, tx, dty);
    }
    if (wanted(dx)) multiply_transposed(pass, dy, dx);
    if (wanted(dtx)) multiply_transposed(pass, dty, dtx);
  }

 private:
  template <Scalar S>
  void multiply(const Pass<S>& pass, ConstView<S> x, View<S> y, const S* shift) const {
    using enum kernels::Transpose;
    kernels::gemm(y.data(), out_features, pass.parameter(0), in_features, Yes, x.data(), in_features, No,
                  out_features, pass.batch, in_features, S(0), {.bias = shift});
  }
  template <Scalar S>
  void multiply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    using enum kernels::Transpose;
    kernels::gemm(dx.data(), in_features, pass.parameter(0), in_features, No, dy.data(), out_features, No,
                  in_features, pass.batch, out_features);
  }
  template <Scalar S>
  void add_weight_gradient(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    using enum kernels::Transpose;
    kernels::gemm(pass.gradient(0), in_features, x.data(), in_features, No, dy.data(), out_features, Yes,
                  in_features, out_features, pass.batch, S(1));
  }
  template <Scalar S>
  void add_gradients(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    add_weight_gradient(pass, x, dy);
    if (bias)
      kernels::accumulate_row_sums(pass.gradient(1), dy.data(), out_features, out_features, pass.batch);
  }
};

}  // namespace eigenerate
