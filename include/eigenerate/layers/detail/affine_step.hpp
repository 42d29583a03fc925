#pragma once

#include <algorithm>
#include <tuple>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/planned_step.hpp"
#include "eigenerate/layers/detail/weight_matrix.hpp"

namespace eigenerate::detail {

/// `y = activation(A x + b)` where output channel c is made with the weights of output c alone: what follows
/// is taken into the weight, the bias and the activation.
template <Scalar S>
class FoldableStep : public PlannedStep<S> {
 public:
  bool map_outputs(const ElementMap& map) override;

 protected:
  /// The weight is the first parameter; `bias`, a value per output channel, may be null.
  FoldableStep(const Pass<S>& pass, const S* bias);

  kernels::Epilogue<S> epilogue() const { return {bias_.data(), activation_}; }

  S* weight() { return PlannedStep<S>::parameters_.data() + segment().offset; }

  kernels::Activation activation_;

 private:
  const Segment& segment() const { return PlannedStep<S>::plan_.parameters.front(); }

  AlignedArray<S> bias_;  // empty for none
};

/// What the layer packs of its weight; nothing where it does not.
template <class L, Scalar S>
auto packed_weight(const L& layer, const Pass<S>& pass, S* weight) {
  if constexpr (requires { layer.pack_weight(pass, weight); })
    return std::tuple(layer.pack_weight(pass, weight));
  else
    return std::tuple<>();
}

/// The step of an `AffineMap`.
template <class L, Scalar S>
class AffineStep final : public FoldableStep<S> {
 public:
  AffineStep(L layer, const Pass<S>& pass, const S* bias)
      : FoldableStep<S>(pass, bias), layer_(std::move(layer)) {}

  void run(const Pass<S>& pass, ConstView<S> x, View<S> y) const override {
    const auto apply = [&](const auto&... packed) {
      layer_.apply(PlannedStep<S>::layer_pass(pass), x, y, FoldableStep<S>::epilogue(), packed...);
    };
    std::apply(apply, packed_);
  }
  bool activate(kernels::Activation activation) override {
    const bool can = FoldableStep<S>::activation_.is_none();
    if (can) FoldableStep<S>::activation_ = activation;
    return can;
  }
  void prepare(const Pass<S>& pass) override {
    packed_ = packed_weight(layer_, PlannedStep<S>::layer_pass(pass), FoldableStep<S>::weight());
  }

 private:
  L layer_;
  decltype(packed_weight(std::declval<const L&>(), std::declval<const Pass<S>&>(),
                         std::declval<S*>())) packed_;
};

#if EIGENERATE_DEFINES(LAYERS)

template <Scalar S>
FoldableStep<S>::FoldableStep(const Pass<S>& pass, const S* bias) : PlannedStep<S>(pass) {
  if (!bias) return;
  bias_ = AlignedArray<S>(pass.plan->output.channels);
  std::copy_n(bias, bias_.size(), bias_.data());
}

// With scale s, shift t and source j(c): row c of the new A is s(c) times row j(c), and b(c) = s(c) b(j(c)) +
// t(c).
template <Scalar S>
bool FoldableStep<S>::map_outputs(const ElementMap& map) {
  const Shape& output = PlannedStep<S>::plan_.output;
  if (!activation_.is_none() && !map.only_moves()) return false;
  const auto channels = map.on_channels(output.channels, output.pixels());
  if (!channels) return false;
  const WeightMatrix matrix(segment());
  const AlignedArray<S> old_weights = PlannedStep<S>::parameters_, old_bias = bias_;
  const S* const from = old_weights.data() + segment().offset;
  if (bias_.size() == 0 && !channels->shift.empty()) bias_ = AlignedArray<S>(output.channels);
  for (Index c = 0; c < output.channels; ++c) {
    const Index source = channels->source_of(c);
    const double scale = channels->scale_of(c);
    for (Index i = 0; i < matrix.inputs; ++i)
      weight()[matrix.at(c, i)] = static_cast<S>(scale * static_cast<double>(from[matrix.at(source, i)]));
    if (bias_.size() == 0) continue;
    const double bias = old_bias.size() == 0 ? 0 : static_cast<double>(old_bias.data()[source]);
    bias_.data()[c] = static_cast<S>(scale * bias + channels->shift_of(c));
  }
  return true;
}

EIGENERATE_INSTANTIATE_CLASS(FoldableStep)

#endif

}  // namespace eigenerate::detail
