#pragma once
// Coefficients that are affine in the condition: what Modulate and ProjectCondition have in common.

#include <type_traits>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate::detail {

/// The features of a condition that must be a vector; `ShapeError` for an image.
inline Index vector_condition(LayerPlan& plan) {
  const Shape condition = plan.use_condition();
  if (!condition.is_vector())
    fail<ShapeError>(
        "{} ({}): expected a condition that is a vector, got {}; put Flatten{{}} and a Linear before it with "
        "WithCondition",
        plan.path, plan.kind, to_string(condition));
  return condition.channels;
}

/// `a = W c + b` for every column c of the condition, with the first two parameters of the layer: W is K × R
/// in memory, b has R values.
struct ConditionMap {
  struct Parameter {
    enum : Index { weight, bias };
  };

  Index rows;  ///< R

  template <Scalar S>
  void apply(const Pass<S>& pass, S* a) const {
    using enum kernels::Transpose;
    const Index k = pass.condition.rows();
    kernels::gemm(a, rows, pass.parameter(Parameter::weight), k, Yes, pass.condition.data(), k, No, rows,
                  pass.condition.cols(), k, S(0), {.bias = pass.parameter(Parameter::bias)}, pass.precision);
  }

  /// `dW += c daᵀ`, `db += Σ da`, `dc += Wᵀ da`, as far as they are wanted.
  template <Scalar S>
  void add_gradients(const Pass<S>& pass, const std::type_identity_t<S>* da) const {
    using enum kernels::Transpose;
    const Index k = pass.condition.rows(), columns = pass.condition.cols();
    if (pass.wants_gradients()) {
      kernels::gemm(pass.gradient(Parameter::weight), k, pass.condition.data(), k, No, da, rows, Yes, k, rows,
                    columns, S(1), {}, pass.precision);
      kernels::accumulate_row_sums(pass.gradient(Parameter::bias), da, rows, rows, columns);
    }
    if (pass.d_condition)
      kernels::gemm(pass.d_condition, k, pass.parameter(Parameter::weight), k, No, da, rows, No, k, columns,
                    rows, S(1), {}, pass.precision);
  }
};

/// The pixels, one after another, of the samples that one column of the condition serves.
template <Scalar S>
Index pixels_per_condition(const Pass<S>& pass) {
  return pass.plan->input.pixels() * (pass.batch / pass.condition.cols());
}

}  // namespace eigenerate::detail
