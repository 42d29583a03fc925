#pragma once

#include <span>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// One mini-batch: views of samples and labels that somebody else owns.
///
/// **Shapes** samples features × size, one sample per column; labels size, or empty for unlabelled data.
template <Scalar S>
struct Batch {
  ConstView<S> samples;
  std::span<const int> labels;

  Index size() const { return samples.cols(); }
};

}  // namespace eigenerate
