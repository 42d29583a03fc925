#pragma once

#include <algorithm>
#include <span>

#include "eigenerate/models/conditioned_input.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// `f(x, labels)` with running statistics and without noise, for any number of samples, in chunks of bounded
/// memory.
///
/// **Shapes** x: sample × n, labels: n, or none without classes → output × n.
/// **Errors** `ShapeError` or `ConfigError` for samples or labels that do not fit.
template <Layer L, Scalar S>
Matrix<S> predict(const Network<L, S>& network, const Conditioning& conditioning, ConstView<S> x,
                  std::span<const int> labels = {}, Index chunk = 256) {
  conditioning.require(x, labels, conditioning.sample_shape(network.input_shape(), network.name()),
                       network.name());
  chunk = std::min(chunk, x.cols());
  auto ws = network.make_workspace(chunk);
  ConditionedInput<S> input(conditioning, network.input_shape(), chunk);
  Matrix<S> y(network.output_shape().size(), x.cols());
  for (Index begin = 0; begin < x.cols(); begin += chunk) {
    const Index n = std::min(chunk, x.cols() - begin);
    const ConstView<S> part(x.data() + begin * x.rows(), x.rows(), n);
    const auto part_labels = conditioning.classes > 0 ? labels.subspan(static_cast<std::size_t>(begin),
                                                                       static_cast<std::size_t>(n))
                                                      : labels;
    y.middleCols(begin, n) = network.forward(input.join(part, part_labels), ws);
  }
  return y;
}

}  // namespace eigenerate
