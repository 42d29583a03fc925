#pragma once

#include <span>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The mean of the codes of one label. **Errors** as `latent_direction`.
template <Scalar S>
Vector<double> mean_code(ConstView<S> codes, std::span<const int> labels, int label) {
  if (static_cast<Index>(labels.size()) != codes.cols())
    fail<ShapeError>("latent_direction: expected a label for each of {} codes, got {}", codes.cols(),
                     labels.size());
  Vector<double> sum = Vector<double>::Zero(codes.rows());
  Index count = 0;
  for (Index j = 0; j < codes.cols(); ++j)
    if (labels[static_cast<std::size_t>(j)] == label) {
      sum += codes.col(j).template cast<double>();
      ++count;
    }
  if (count == 0)
    fail<ConfigError>("latent_direction: none of {} codes has the label {}", codes.cols(), label);
  return sum / static_cast<double>(count);
}

/// The way from one label to another in a latent space: the difference of the mean codes of their samples.
/// Added to the code of a sample that is the one, it makes it more like the other.
///
/// **Shapes** codes: latent × n, with a label for each → latent.
/// **Errors** `ShapeError` for another number of labels, `ConfigError` for a label that no code has.
/// **Numerics** means in double.
/// **Source** Radford et al. 2016, section 6.3.2; Larsen et al. 2016, visual attribute vectors.
template <Scalar S>
Vector<S> latent_direction(ConstView<S> codes, std::span<const int> labels, int from, int to) {
  return (mean_code(codes, labels, to) - mean_code(codes, labels, from)).template cast<S>();
}

}  // namespace eigenerate
