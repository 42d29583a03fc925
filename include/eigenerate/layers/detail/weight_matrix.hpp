#pragma once

#include "eigenerate/layers/plan.hpp"

namespace eigenerate::detail {

/// A weight as a matrix of outputs × inputs. In memory its outputs are the slowest dimension (Linear, Conv2d)
/// or the fastest (ConvTranspose2d).
struct WeightMatrix {
  Index outputs, inputs;
  bool outputs_slowest;

  explicit WeightMatrix(const Segment& s)
      : outputs(s.shape[static_cast<std::size_t>(s.output_dimension)]),
        inputs(s.size / outputs),
        outputs_slowest(s.memory_order.front() == s.output_dimension) {}

  Index size() const { return outputs * inputs; }
  /// Where the weight of that output and input stands.
  Index at(Index output, Index input) const {
    return outputs_slowest ? output * inputs + input : input * outputs + output;
  }
};

}  // namespace eigenerate::detail
