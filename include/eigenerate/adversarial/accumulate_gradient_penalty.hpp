#pragma once

#include "eigenerate/adversarial/gradient_penalty.hpp"
#include "eigenerate/core/compiled.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// What `accumulate_gradient_penalty` needs besides a workspace, for up to `max_batch` samples.
template <Scalar S>
class GradientPenaltyScratch {
 public:
  GradientPenaltyScratch(const Network<S>& network, Index max_batch);

  Index features() const { return v_.rows(); }
  Index max_batch() const { return v_.cols(); }
  ConstView<S> ones(Index batch) const { return {ones_.data(), ones_.rows(), batch}; }
  ConstView<S> zeros(Index batch) const { return {zeros_.data(), zeros_.rows(), batch}; }
  View<S> v(Index batch) { return {v_.data(), v_.rows(), batch}; }

 private:
  /// One in the logit channel of every pixel, zero in the other heads.
  static Matrix<S> logits_alone(const Shape& output, Index max_batch);
  static Index checked(Index max_batch, const std::string& network);

  Matrix<S> ones_, zeros_, v_;
};

/// Adds the exact gradient of the penalty with respect to the critic's parameters and returns the penalty.
///
/// With g = ∇ₓD(x̂) and v = ∂penalty/∂g, the gradient is that of ⟨v, g⟩ with v held fixed; and ⟨v, ∇ₓD⟩ is
/// the tangent of D along v. So one forward, one backward to the input, one tangent along v and the reverse
/// of the tangent give the gradient, with no finite difference and no graph. D is the sum of a sample's
/// logits, channel 0 of every pixel; other heads are left alone.
///
/// **Shapes** in.x, the points x̂: features × B; the workspace was made with `SecondOrder::yes`.
/// **Cost** seven products per matrix of the critic, against three of a forward and backward pass.
/// **Errors** `ConfigError` from `make_workspace` for a network with a layer that has no tangent pass (batch
/// norm).
/// **Source** Gulrajani et al. 2017; reverse over forward: Pearlmutter 1994.
template <Scalar S>
double accumulate_gradient_penalty(const GradientPenalty& penalty, const Network<S>& critic,
                                   Workspace<S>& workspace, const PassInput<S>& in, Arena<S>& gradients,
                                   GradientPenaltyScratch<S>& scratch) {
  const Index batch = in.x.cols();
  if (scratch.features() != critic.input_shape().size())
    fail<ShapeError>("{}: expected scratch for samples of {} values, got {}", critic.name(),
                     critic.input_shape().size(), scratch.features());
  if (batch > scratch.max_batch())
    fail<ShapeError>("{}: the gradient penalty's scratch holds {} samples, got a batch of {}", critic.name(),
                     scratch.max_batch(), batch);
  critic.forward(in, workspace);
  const ConstView<S> g = critic.backward(scratch.ones(batch), workspace, {.x = true}).x;
  const View<S> v = scratch.v(batch);
  const double value = penalty(g, v);
  critic.tangent(v, workspace);
  critic.tangent_backward(scratch.zeros(batch), scratch.ones(batch), workspace, {.parameters = &gradients});
  return value;
}

#if EIGENERATE_DEFINES(ADVERSARIAL)

template <Scalar S>
GradientPenaltyScratch<S>::GradientPenaltyScratch(const Network<S>& network, Index max_batch)
    : ones_(logits_alone(network.output_shape(), checked(max_batch, network.name()))),
      zeros_(Matrix<S>::Zero(network.output_shape().size(), max_batch)),
      v_(network.input_shape().size(), max_batch) {}

template <Scalar S>
Matrix<S> GradientPenaltyScratch<S>::logits_alone(const Shape& output, Index max_batch) {
  Matrix<S> ones = Matrix<S>::Zero(output.size(), max_batch);
  for (Index row = 0; row < output.size(); row += output.channels) ones.row(row).setOnes();
  return ones;
}

template <Scalar S>
Index GradientPenaltyScratch<S>::checked(Index max_batch, const std::string& network) {
  if (max_batch < 1)
    fail<ConfigError>("{}: the gradient penalty needs room for at least one sample, got {}", network,
                      max_batch);
  return max_batch;
}

EIGENERATE_INSTANTIATE_CLASS(GradientPenaltyScratch)

#endif

}  // namespace eigenerate
