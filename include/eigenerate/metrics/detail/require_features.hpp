#pragma once

#include <cmath>
#include <span>
#include <string_view>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::detail {

/// Refuses a matrix of samples with fewer of them than a measure needs, without any features, or with a
/// number that is not finite, which would enter every figure. `who` measures, `what` is the argument's name.
inline void require_features(std::string_view who, std::string_view what, const ConstView<float>& x,
                             Index least = 1) {
  if (x.rows() < 1 || x.cols() < least)
    fail<ShapeError>("{}: '{}' needs at least one feature and {} samples, got {} × {}", who, what, least,
                     x.rows(), x.cols());
  if (kernels::all_finite(x.data(), x.size())) return;
  for (Index i = 0; i < x.size(); ++i)
    if (const float& value = x.data()[i]; !is_finite(value))
      fail<ConfigError>("{}: feature {} of sample {} of '{}' is {}", who, i % x.rows(), i / x.rows(), what,
                        non_finite_name(value));
}

/// The same for two sets that are compared.
inline void require_features(std::string_view who, std::string_view what, const ConstView<float>& x,
                             std::string_view other, const ConstView<float>& y, Index least = 1) {
  require_features(who, what, x, least);
  require_features(who, other, y, least);
  if (x.rows() != y.rows())
    fail<ShapeError>("{}: '{}' has {} features, '{}' has {}", who, what, x.rows(), other, y.rows());
}

/// Columns that are distributions over classes.
inline void require_probabilities(std::string_view who, const ConstView<float>& p, Index least = 1) {
  require_features(who, "probabilities", p, least);
  for (Index i = 0; i < p.cols(); ++i) {
    const double sum = p.col(i).template cast<double>().sum();
    if (p.col(i).minCoeff() < 0 || std::abs(sum - 1) > 1e-3)
      fail<ConfigError>("{}: column {} of 'probabilities' is no distribution: its sum is {}", who, i, sum);
  }
}

/// A label for each of `samples`, each in [0, classes).
inline void require_labels(std::string_view who, std::span<const int> labels, Index samples, Index classes) {
  if (static_cast<Index>(labels.size()) != samples)
    fail<ShapeError>("{}: expected {} labels, got {}", who, samples, labels.size());
  for (const int label : labels)
    if (label < 0 || label >= classes)
      fail<ConfigError>("{}: expected labels from 0 to {}, got {}", who, classes - 1, label);
}

}  // namespace eigenerate::detail
