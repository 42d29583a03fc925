#pragma once

#include <span>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// One mini-batch: views of samples, labels and conditions that somebody else owns.
///
/// **Shapes** samples features × size, one sample per column; labels size, or empty for unlabelled data;
/// condition features of the conditions × size, or empty for data that are no pairs.
template <Scalar S>
struct Batch {
  ConstView<S> samples;
  std::span<const int> labels;
  ConstView<S> condition = {};  ///< what each sample is generated from, see `Dataset::with_conditions`

  Index size() const { return samples.cols(); }
};

}  // namespace eigenerate
