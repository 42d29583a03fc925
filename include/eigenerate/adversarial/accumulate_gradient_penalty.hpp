#pragma once

#include "eigenerate/adversarial/gradient_penalty.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// What `accumulate_gradient_penalty` needs besides a workspace, for up to `max_batch` samples.
///
/// The last `data_channels` channels of the critic's input are given rather than judged (one-hot labels): the
/// penalty leaves the gradient towards them out.
template <Scalar S>
class GradientPenaltyScratch {
 public:
  template <Layer L>
  GradientPenaltyScratch(const Network<L, S>& network, Index max_batch, Index data_channels = 0)
      : channels_(network.input_shape().channels),
        data_channels_(data_channels),
        ones_(Matrix<S>::Ones(network.output_shape().size(), checked(max_batch, network.name()))),
        zeros_(Matrix<S>::Zero(network.output_shape().size(), max_batch)),
        v_(network.input_shape().size(), max_batch) {
    if (data_channels < 0 || data_channels >= channels_)
      fail<ConfigError>("{}: expected 0 to {} data channels, got {}", network.name(), channels_ - 1,
                        data_channels);
  }

  Index features() const { return v_.rows(); }
  Index max_batch() const { return v_.cols(); }
  ConstView<S> ones(Index batch) const { return {ones_.data(), ones_.rows(), batch}; }
  ConstView<S> zeros(Index batch) const { return {zeros_.data(), zeros_.rows(), batch}; }
  /// A copy of `g` without the given channels.
  View<S> judged(ConstView<S> g) {
    View<S> out(v_.data(), v_.rows(), g.cols());
    out = g;
    View<S>(v_.data(), channels_, g.size() / channels_).bottomRows(data_channels_).setZero();
    return out;
  }

 private:
  static Index checked(Index max_batch, const std::string& network) {
    if (max_batch < 1)
      fail<ConfigError>("{}: the gradient penalty needs room for at least one sample, got {}", network,
                        max_batch);
    return max_batch;
  }

  Index channels_, data_channels_;
  Matrix<S> ones_, zeros_, v_;
};

/// Adds the exact gradient of the penalty with respect to the critic's parameters and returns the penalty.
///
/// With g = ∇ₓD(x̂) and v = ∂penalty/∂g, the gradient is that of ⟨v, g⟩ with v held fixed; and ⟨v, ∇ₓD⟩ is the
/// tangent of D along v. So one forward, one backward to the input, one tangent along v and the reverse of
/// the tangent give the gradient, with no finite difference and no graph. A critic with several outputs is
/// penalized for their sum.
///
/// **Shapes** x_hat: features × B; the workspace was made with `SecondOrder::yes`.
/// **Cost** seven products per matrix of the critic, against three of a forward and backward pass.
/// **Errors** `ConfigError` from `make_workspace` for a network with a layer that has no tangent pass (batch
/// norm).
/// **Source** Gulrajani et al. 2017; reverse over forward: Pearlmutter 1994.
template <Layer L, Scalar S>
double accumulate_gradient_penalty(const GradientPenalty& penalty, const Network<L, S>& critic,
                                   Workspace<S>& workspace, ConstView<S> x_hat, Mode mode,
                                   const RandomStream& random, Arena<S>& gradients,
                                   GradientPenaltyScratch<S>& scratch) {
  const Index batch = x_hat.cols();
  if (scratch.features() != critic.input_shape().size())
    fail<ShapeError>("{}: expected scratch for samples of {} values, got {}", critic.name(),
                     critic.input_shape().size(), scratch.features());
  if (batch > scratch.max_batch())
    fail<ShapeError>("{}: the gradient penalty's scratch holds {} samples, got a batch of {}", critic.name(),
                     scratch.max_batch(), batch);
  critic.forward(x_hat, workspace, mode, random);
  const View<S> v = scratch.judged(critic.input_gradient(scratch.ones(batch), workspace));
  const double value = penalty(as_const(v), v);
  critic.tangent(as_const(v), workspace);
  critic.tangent_backward(scratch.zeros(batch), scratch.ones(batch), workspace, gradients);
  return value;
}

}  // namespace eigenerate
