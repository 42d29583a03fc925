#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/shuffle.hpp"

namespace eigenerate::detail {

/// The numbers 0 … n − 1 dealt at random into disjoint blocks, whose sizes differ by one at most. Samples
/// often come in an order, by label for one, and a block must not be all of one kind.
class ShuffledBlocks {
 public:
  ShuffledBlocks(Index n, Index blocks, std::uint64_t seed)
      : order_(static_cast<std::size_t>(n)), blocks_(blocks) {
    random_permutation(order_, RandomStream{seed, Purpose::evaluation});
  }

  Index count() const { return blocks_; }
  std::span<const Index> operator[](Index block) const {
    const Index n = static_cast<Index>(order_.size());
    const Index first = n * block / blocks_, last = n * (block + 1) / blocks_;
    return std::span(order_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
  }

 private:
  std::vector<Index> order_;
  Index blocks_;
};

/// Some columns, in double.
inline Matrix<double> columns_in_double(ConstView<float> x, std::span<const Index> columns) {
  Matrix<double> some(x.rows(), static_cast<Index>(columns.size()));
  for (Index j = 0; j < some.cols(); ++j)
    some.col(j) = x.col(columns[static_cast<std::size_t>(j)]).template cast<double>();
  return some;
}

}  // namespace eigenerate::detail
