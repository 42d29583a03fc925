#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Which values of samples are seen; what the others are nobody looks at.
class SeenValues {
 public:
  /// All values of samples of so many.
  explicit SeenValues(Index features) : features_(features), lists_(1) {
    for (Index i = 0; i < features; ++i) lists_[0].push_back(i);
  }

  /// Those of samples x where the mask is 1, and not 0: a column for each sample, or one for all.
  ///
  /// **Errors** `ShapeError` for another number of columns or rows, `ConfigError` for other numbers in the
  /// mask and for a value that is seen and not finite; `who` wants to know.
  template <Scalar S>
  SeenValues(std::string_view who, ConstView<S> x, ConstView<S> mask) : features_(x.rows()) {
    if (mask.rows() != x.rows() || (mask.cols() != 1 && mask.cols() != x.cols()))
      fail<ShapeError>("{}: expected a mask of {} × {} or {} × 1, got {} × {}", who, x.rows(), x.cols(),
                       x.rows(), mask.rows(), mask.cols());
    lists_.resize(static_cast<std::size_t>(mask.cols()));
    for (Index j = 0; j < mask.cols(); ++j)
      for (Index i = 0; i < mask.rows(); ++i) {
        if (mask(i, j) != S(0) && mask(i, j) != S(1))
          fail<ConfigError>("{}: a mask is 1 where a value is seen and 0 where it is hidden, got {}", who,
                            mask.col(j)[i]);
        if (mask(i, j) == S(1)) lists_[static_cast<std::size_t>(j)].push_back(i);
      }
    for (Index j = 0; j < x.cols(); ++j)
      for (const Index i : of(j))
        if (const S& value = x.col(j).data()[i]; !is_finite(value))
          fail<ConfigError>("{}: value {} of sample {} is seen and is {}", who, i, j, non_finite_name(value));
  }

  Index features() const { return features_; }
  /// The numbers of the values of sample j that are seen, in ascending order.
  std::span<const Index> of(Index j) const {
    return lists_[lists_.size() == 1 ? 0 : static_cast<std::size_t>(j)];
  }
  /// Whether all samples show the same ones.
  bool is_common() const { return lists_.size() == 1; }

  /// Puts the seen values of x over those of `made`, which has k columns for each sample.
  template <Scalar S>
  void restore(ConstView<S> x, View<S> made) const {
    const Index k = made.cols() / x.cols();
    for (Index j = 0; j < made.cols(); ++j)
      for (const Index i : of(j / k)) made(i, j) = x(i, j / k);
  }

 private:
  Index features_;
  std::vector<std::vector<Index>> lists_;
};

}  // namespace eigenerate
