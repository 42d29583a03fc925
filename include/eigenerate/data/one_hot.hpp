#pragma once

#include <span>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate::data {

/// Writes each label as a column of zeros with a one in the label's row.
///
/// **Shapes** labels n → out classes × n.
/// **Errors** `ShapeError` for an output of another size, `ConfigError` for a label outside [0, classes).
template <Scalar S>
void one_hot(std::span<const int> labels, Index classes, View<S> out) {
  if (out.rows() != classes || out.cols() != static_cast<Index>(labels.size()))
    fail<ShapeError>("one_hot: expected an output of {} × {}, got {} × {}", classes, labels.size(),
                     out.rows(), out.cols());
  for (const int label : labels)
    if (label < 0 || label >= classes)
      fail<ConfigError>("one_hot: expected labels in [0, {}), got {}", classes, label);
  out.setZero();
  for (std::size_t i = 0; i < labels.size(); ++i) out(labels[i], static_cast<Index>(i)) = S(1);
}

}  // namespace eigenerate::data
