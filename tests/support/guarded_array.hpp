#pragma once
// Arrays that show a kernel reading or writing beyond their ends.

#include <cmath>
#include <limits>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"

namespace eigenerate::testing {

/// `size` random normal numbers at an address that is no multiple of any register, between NaNs: what is read
/// beyond the ends reaches the results, and `intact` tells whether anything was written there.
template <Scalar S>
class GuardedArray {
 public:
  GuardedArray(Index size, std::uint64_t seed, S mean = S(0))
      : size_(size),
        values_(static_cast<std::size_t>(size + 2 * margin), std::numeric_limits<S>::quiet_NaN()) {
    fill_normal(data(), size, RandomStream{seed});
    for (Index i = 0; i < size; ++i) data()[i] += mean;
  }

  S* data() { return values_.data() + margin; }
  const S* data() const { return values_.data() + margin; }
  Index size() const { return size_; }
  double operator[](Index i) const { return static_cast<double>(data()[i]); }
  bool intact() const {
    for (Index i = 0; i < margin; ++i)
      if (!std::isnan(data()[-1 - i]) || !std::isnan(data()[size_ + i])) return false;
    return true;
  }

 private:
  static constexpr Index margin = 67;  // more than a block of any loop, and odd
  Index size_;
  std::vector<S> values_;
};

}  // namespace eigenerate::testing
