#pragma once

#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The part of a latent vector that is to mean something: categorical codes, each the one-hot code of one of
/// `categories` equally likely values, and continuous ones, uniform in [−1, 1].
///
/// **Shapes** the last `size()` rows of a latent vector: the categorical codes one after another, then the
/// continuous ones. What stands before them is noise.
/// **Source** Chen et al. 2016, section 7.2 (one of ten categories and two continuous codes for digits).
struct LatentCode {
  Index categorical = 0;  ///< how many there are
  Index categories = 10;  ///< of each of them
  Index continuous = 0;   ///< how many there are

  /// Rows of all categorical codes.
  Index one_hot_rows() const { return categorical * categories; }
  Index size() const { return one_hot_rows() + continuous; }
  /// Categorical and continuous codes together, numbered in their order.
  Index count() const { return categorical + continuous; }

  bool operator==(const LatentCode&) const = default;

  /// `ConfigError` for sizes that cannot be; `who` has the code.
  void validate(std::string_view who) const {
    if (categorical < 0 || categorical > max_factor || continuous < 0 || continuous > max_factor)
      fail<ConfigError>("{}: expected 0 to {} categorical and continuous codes, got {} and {}", who,
                        max_factor, categorical, continuous);
    if (categorical > 0 && (categories < 2 || categories > max_factor))
      fail<ConfigError>("{}: expected a categorical code of 2 to {} categories, got {}", who, max_factor,
                        categories);
  }

  /// The codes of latent vectors z.
  template <Scalar S>
  auto of(ConstView<S> z) const {
    return z.bottomRows(size());
  }

  /// Draws the codes of latent vectors z, whose noise stays. Code i of vector j is draw `j · count() + i` of
  /// lane 1 of the stream.
  template <Scalar S>
  void draw(const RandomStream& random, View<S> z) const {
    const RandomStream codes = random.lane(1);
    for (Index j = 0; j < z.cols(); ++j)
      for (Index i = 0; i < count(); ++i) {
        const auto number = static_cast<std::uint64_t>(j * count() + i);
        if (i < categorical)
          set<S>(z, j, i,
                 static_cast<double>(uniform_below(static_cast<std::uint64_t>(categories), codes, number)));
        else
          set<S>(z, j, i, 2 * to_unit_interval<double>(codes.words(number)[0]) - 1);
      }
  }

  /// Gives code i of vector j a value: the number of a category, or a continuous one.
  template <Scalar S>
  void set(View<S> z, Index j, Index i, double value) const {
    const Index begin = z.rows() - size();
    if (i >= categorical) {
      z(begin + one_hot_rows() + i - categorical, j) = static_cast<S>(value);
      return;
    }
    z.col(j).segment(begin + i * categories, categories).setZero();
    z(begin + i * categories + static_cast<Index>(value), j) = S(1);
  }
};

}  // namespace eigenerate
