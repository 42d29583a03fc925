#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// One pass through a discriminator, its output taken apart: the logits, channel 0 of every pixel, and behind
/// them the heads, each of some channels. Further channels are left alone.
///
/// **Shapes** logits: 1 × pixels·n, head i: its channels × pixels·n, sample after sample.
/// **Backward** the gradients towards both are memory of the pass, which others fill between `run` and
/// `backward`; those of the heads are zero after `run`.
template <Scalar S>
class DiscriminatorPass {
 public:
  /// With heads of so many channels; 0 is one that is empty.
  DiscriminatorPass(const Network<S>& discriminator, std::vector<Index> heads, Index max_batch)
      : channels_(discriminator.output_shape().channels),
        pixels_(discriminator.output_shape().pixels()),
        max_batch_(max_batch),
        heads_(std::move(heads)),
        workspace_(discriminator.make_workspace(max_batch)),
        logits_(channels_ > 1 ? pixels_ * max_batch : 0),
        d_logits_(pixels_ * max_batch),
        values_(claimed() * pixels_ * max_batch),
        d_values_(values_.size()),
        dy_(channels_ > 1 ? channels_ * pixels_ * max_batch : 0) {}

  Index max_batch() const { return max_batch_; }

  /// The forward pass, through a network that is constant where its buffers must stay.
  template <class Net>
  void run(Net& discriminator, const PassInput<S>& in) {
    x_ = in.x;
    y_ = discriminator.forward(in, workspace_);
    if (channels_ == 1) return;
    for (Index i = 0; i < points(); ++i) logits_(i) = y_.data()[i * channels_];
    S* to = values_.data();
    for_each_head([&](Index first, Index n) {
      for (Index i = 0; i < points(); ++i) to = std::copy_n(y_.data() + i * channels_ + first, n, to);
    });
    std::fill_n(d_values_.data(), claimed() * points(), S(0));
  }

  ConstView<S> x() const { return x_; }
  ConstView<S> logits() const { return {channels_ == 1 ? y_.data() : logits_.data(), 1, points()}; }
  View<S> d_logits() { return {d_logits_.data(), 1, points()}; }
  ConstView<S> head(std::size_t i) const { return {values_.data() + before(i), heads_[i], points()}; }
  View<S> d_head(std::size_t i) { return {d_values_.data() + before(i), heads_[i], points()}; }

  /// The reverse for what the gradients hold now: adds to those of the parameters, and returns that of x,
  /// each where wanted.
  ConstView<S> backward(const Network<S>& discriminator, const Wanted<S>& wanted) {
    return discriminator.backward(output_gradient(), workspace_, wanted).x;
  }

 private:
  Index points() const { return pixels_ * x_.cols(); }
  Index claimed() const {
    Index sum = 0;
    for (const Index n : heads_) sum += n;
    return sum;
  }
  Index before(std::size_t head) const {
    Index sum = 0;
    for (std::size_t i = 0; i < head; ++i) sum += heads_[i];
    return sum * points();
  }
  template <class F>
  void for_each_head(const F& f) const {
    Index first = 1;
    for (const Index n : heads_) {
      if (n > 0) f(first, n);
      first += n;
    }
  }

  ConstView<S> output_gradient() {
    const Index rows = channels_ * pixels_, n = x_.cols();
    if (channels_ == 1) return {d_logits_.data(), rows, n};
    std::fill_n(dy_.data(), rows * n, S(0));
    for (Index i = 0; i < points(); ++i) dy_(i * channels_) = d_logits_(i);
    const S* from = d_values_.data();
    for_each_head([&](Index first, Index size) {
      for (Index i = 0; i < points(); ++i, from += size)
        std::copy_n(from, size, dy_.data() + i * channels_ + first);
    });
    return {dy_.data(), rows, n};
  }

  Index channels_, pixels_, max_batch_;
  std::vector<Index> heads_;
  Workspace<S> workspace_;
  ConstView<S> x_, y_;
  Vector<S> logits_, d_logits_;  // `logits_` where they do not lie one after another in the output
  Vector<S> values_, d_values_;  // of the heads, one after another
  Vector<S> dy_;
};

}  // namespace eigenerate
