#pragma once

#include <algorithm>
#include <span>

#include "eigenerate/core/memory.hpp"
#include "eigenerate/models/conditioning.hpp"

namespace eigenerate {

/// The buffer in which samples and labels become a network's input, and its gradient becomes the samples'.
///
/// Without classes both directions hand their argument through: no copy, and no case distinction in the
/// models.
template <Scalar S>
class ConditionedInput {
 public:
  /// For a network with that input shape and up to `max_columns` samples.
  ConditionedInput(const Conditioning& conditioning, const Shape& input, Index max_columns)
      : classes_(conditioning.classes),
        channels_(input.channels - classes_),
        pixels_(input.pixels()),
        joined_(classes_ > 0 ? input.size() * max_columns : 0),
        sample_(classes_ > 0 ? channels_ * pixels_ * max_columns : 0) {}

  /// Samples with their labels; a label serves `columns / labels` neighbouring columns.
  ///
  /// **Shapes** x: sample × n, labels: n or a divisor of n → input × n, valid until the next call.
  ConstView<S> join(ConstView<S> x, std::span<const int> labels) {
    if (classes_ == 0) return x;
    const Index repeats = x.cols() / static_cast<Index>(labels.size());
    const S* from = x.data();
    S* to = joined_.data();
    for (Index column = 0; column < x.cols(); ++column) {
      const int label = labels[static_cast<std::size_t>(column / repeats)];
      for (Index pixel = 0; pixel < pixels_; ++pixel) {
        to = std::copy_n(from, channels_, to);
        std::fill_n(to, classes_, S(0));
        to[label] = S(1);
        to += classes_;
        from += channels_;
      }
    }
    return {joined_.data(), (channels_ + classes_) * pixels_, x.cols()};
  }

  /// The rows of an input gradient that belong to the samples; labels are data and get none.
  ConstView<S> sample_part(ConstView<S> joined) {
    if (classes_ == 0) return joined;
    const S* from = joined.data();
    S* to = sample_.data();
    for (Index pixel = 0; pixel < pixels_ * joined.cols(); ++pixel) {
      to = std::copy_n(from, channels_, to);
      from += channels_ + classes_;
    }
    return {sample_.data(), channels_ * pixels_, joined.cols()};
  }

 private:
  Index classes_, channels_, pixels_;
  AlignedArray<S> joined_, sample_;
};

}  // namespace eigenerate
