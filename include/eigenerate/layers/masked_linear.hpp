#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/affine_map.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/linear.hpp"

namespace eigenerate {

/// Fully connected layer in which an output sees only some of the inputs, `y = (M ∘ W)ᵀ x + b`: what
/// autoregressive networks are made of.
///
/// Every input and output has a degree; output i sees the inputs of a degree up to its own, or below it where
/// `strict`.
///
/// **Shapes** x: in × B, y: out × B, W: in × out column-major (the bytes of PyTorch's `(out, in)`), b: out.
/// **Backward** as `Linear`, with M ∘ W for W and `dW += M ∘ (x dyᵀ)`: what is masked stays as it was
/// initialised.
/// **Cost** that of `Linear`, and three passes over the weight.
/// **Init** uniform in ±1/√in for both, as PyTorch's `Linear`.
/// **Source** Germain et al. 2015 (MADE), eq. 13.
struct MaskedLinear : AffineMap<MaskedLinear> {
  std::vector<Index> input_degrees, output_degrees;
  bool strict;

  MaskedLinear(std::vector<Index> input_degrees_, std::vector<Index> output_degrees_, bool strict_ = false);

  Index in_features() const { return static_cast<Index>(input_degrees.size()); }
  Index out_features() const { return static_cast<Index>(output_degrees.size()); }
  bool sees(Index output, Index input) const;

  std::optional<Shape> input_shape() const { return Shape{in_features()}; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  static constexpr bool has_bias() { return true; }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y, const kernels::Epilogue<S>& epilogue) const {
    using enum kernels::Transpose;
    const Index in = in_features(), out = out_features();
    kernels::gemm(y.data(), out, masked_weight(pass), in, Yes, x.data(), in, No, out, pass.batch, in, S(0),
                  epilogue, pass.precision);
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx,
                        const kernels::Epilogue<S>& epilogue) const {
    using enum kernels::Transpose;
    const Index in = in_features(), out = out_features();
    kernels::gemm(dx.data(), in, masked_weight(pass), in, No, dy.data(), out, No, in, pass.batch, out, S(0),
                  epilogue, pass.precision);
  }
  template <Scalar S>
  void add_weight_gradient(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    using enum kernels::Transpose;
    const Index in = in_features(), out = out_features();
    S* const full = pass.scratch_slot(Scratch::weight);
    kernels::gemm(full, in, x.data(), in, No, dy.data(), out, Yes, in, out, pass.batch, S(0), {},
                  pass.precision);
    S* const sum = pass.gradient(Parameter::weight);
    for_each_seen([&](Index at) { sum[at] += full[at]; });
  }

  /// A `Linear` whose weight is masked once for all.
  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    const Linear linear(in_features(), out_features());
    const LayerPlan plan = linear.plan(pass.plan->input, Place(pass.plan->path));
    AlignedArray<S> parameters(plan.parameter_size);
    std::copy_n(pass.parameter(Parameter::bias), out_features(),
                parameters.data() + plan.parameters[Parameter::bias].offset);
    std::copy_n(masked_weight(pass), in_features() * out_features(),
                parameters.data() + plan.parameters[Parameter::weight].offset);
    Pass<S> masked = pass;
    masked.plan = &plan;
    masked.parameters = parameters.data();
    return linear.add_steps(masked, steps);
  }

 private:
  // in × out: the masked weight, or its gradient before it is masked.
  struct Scratch {
    enum : Index { weight };
  };

  template <class F>
  void for_each_seen(const F& f) const {
    for (Index o = 0; o < out_features(); ++o)
      for (Index i = 0; i < in_features(); ++i)
        if (sees(o, i)) f(o * in_features() + i);
  }
  template <Scalar S>
  const S* masked_weight(const Pass<S>& pass) const {
    S* const masked = pass.scratch_slot(Scratch::weight);
    const S* const weight = pass.parameter(Parameter::weight);
    std::fill_n(masked, in_features() * out_features(), S(0));
    for_each_seen([&](Index at) { masked[at] = weight[at]; });
    return masked;
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE MaskedLinear::MaskedLinear(std::vector<Index> input_degrees_,
                                             std::vector<Index> output_degrees_, bool strict_)
    : input_degrees(std::move(input_degrees_)), output_degrees(std::move(output_degrees_)), strict(strict_) {}

EIGENERATE_INLINE bool MaskedLinear::sees(Index output, Index input) const {
  const Index from = input_degrees[static_cast<std::size_t>(input)],
              to = output_degrees[static_cast<std::size_t>(output)];
  return strict ? from < to : from <= to;
}

EIGENERATE_INLINE LayerPlan MaskedLinear::plan(const Shape& input, const Place& place) const {
  const Index in = in_features(), out = out_features();
  if (in < 1 || out < 1)
    fail<ConfigError>("{} (MaskedLinear): needs at least one input and one output, got {} and {}", place, in,
                      out);
  if (input != Shape{in}) fail_input(place, "MaskedLinear", to_string(Shape{in}), input);
  LayerPlan plan(place, "MaskedLinear", input, {out});
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  auto& weight = plan.add_parameter("weight", Role::weight, {out, in});
  weight.fan_in = in;
  weight.fan_out = out;
  weight.initial_bound = bound;
  plan.add_parameter("bias", Role::bias, {out}).initial_bound = bound;
  plan.applies_activations = true;
  plan.multiply_adds = capped_product(in, out);  // by the zeros of the mask too
  plan.scratch.add({0, in * out});
  return plan;
}

#endif

}  // namespace eigenerate
