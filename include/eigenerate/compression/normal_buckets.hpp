#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "eigenerate/compression/ans_message.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/distributions/normal_quantile.hpp"

namespace eigenerate {

/// The real numbers in 2^bits buckets which the standard normal distribution gives equal mass: a latent
/// dimension as a coder takes it. Under the prior every bucket costs so many bits; under a posterior N(mean,
/// deviation²) those of its mass there.
///
/// How finely z is cut hardly changes the length of a message, as what a finer bucket costs under the prior
/// is got back under the posterior; finer ones need more initial bits, and coarse ones fit a narrow posterior
/// badly.
///
/// **Cost** a table of 2^bits numbers; `bits` normal distribution functions for each bucket that is popped
/// with a posterior, two for one that is pushed.
/// **Errors** `ConfigError` unless 1 <= bits < precision <= 31; `DivergenceError` for a mean or a deviation
/// that is not finite, or not positive.
/// **Numerics** under a posterior every bucket has at least one of the 2^precision numbers. One compiled
/// function says where its interval begins, as for a `FrequencyTable`.
/// **Source** Townsend, Bird & Barber 2019, "Practical lossless compression with latent variables using bits
/// back coding", section 2.5.1.
class NormalBuckets {
 public:
  NormalBuckets(int bits, int precision) : bits_(bits), precision_(precision) {
    if (bits < 1 || bits > 20 || precision <= bits || precision > AnsMessage::most_precision)
      fail<ConfigError>(
          "NormalBuckets: expected 2^n buckets, n in [1, 20], and a precision above n of at most {} bits, got n = {} "
          "and {}",
          AnsMessage::most_precision, bits, precision);
    // From both ends to the middle, so that bucket and mirror image are exactly that.
    edges_.resize(static_cast<std::size_t>(count() + 1));
    for (Index j = 1; j <= count() / 2; ++j) {
      const double edge = normal_quantile(static_cast<double>(j) / static_cast<double>(count()));
      edges_[static_cast<std::size_t>(j)] = edge;
      edges_[static_cast<std::size_t>(count() - j)] = -edge;
    }
    edges_[static_cast<std::size_t>(count() / 2)] = 0;
  }

  Index count() const { return Index{1} << bits_; }

  /// The number that stands for a bucket: it halves its mass.
  [[gnu::noinline]] double center(Index bucket) const {
    return normal_quantile((static_cast<double>(bucket) + 0.5) / static_cast<double>(count()));
  }

  // ---- Under the prior

  void push(AnsMessage& message, Index bucket) const {
    message.push(static_cast<std::uint32_t>(bucket), 1, bits_);
  }
  Index pop(AnsMessage& message) const {
    const std::uint32_t bucket = message.peek(bits_);
    message.pop(bucket, 1, bits_);
    return static_cast<Index>(bucket);
  }

  // ---- Under a posterior

  void push(AnsMessage& message, Index bucket, double mean, double deviation) const {
    require(mean, deviation);
    code<&AnsMessage::push>(message, bucket, mean, deviation);
  }
  Index pop(AnsMessage& message, double mean, double deviation) const {
    require(mean, deviation);
    // start(low) <= seen < start(high)
    const std::uint32_t seen = message.peek(precision_);
    Index low = 0, high = count();
    while (high - low > 1) {
      const Index middle = (low + high) / 2;
      (start(middle, mean, deviation) <= seen ? low : high) = middle;
    }
    code<&AnsMessage::pop>(message, low, mean, deviation);
    return low;
  }

  /// Where a bucket's interval of the 2^precision numbers begins; that of `count()` is their end.
  [[gnu::noinline]] std::uint32_t start(Index bucket, double mean, double deviation) const {
    if (bucket <= 0) return 0;
    if (bucket >= count()) return std::uint32_t{1} << precision_;
    constexpr double root_half = 0.70710678118654752;
    const double edge = edges_[static_cast<std::size_t>(bucket)],
                 below = 0.5 * std::erfc((mean - edge) / deviation * root_half),
                 shared = static_cast<double>((std::int64_t{1} << precision_) - count());
    return static_cast<std::uint32_t>(std::floor(below * shared)) + static_cast<std::uint32_t>(bucket);
  }

 private:
  static void require(double mean, double deviation) {
    if (!(is_finite(mean) && is_finite(deviation) && deviation > 0))
      fail<DivergenceError>("NormalBuckets: expected a finite mean and a deviation > 0, got {} and {}", mean,
                            deviation);
  }

  template <auto Step>
  void code(AnsMessage& message, Index bucket, double mean, double deviation) const {
    const std::uint32_t first = start(bucket, mean, deviation), end = start(bucket + 1, mean, deviation);
    // An erfc that is not monotonic to the last digit must not leave a bucket without a number.
    (message.*Step)(first, end > first ? end - first : 1, precision_);
  }

  int bits_, precision_;
  std::vector<double> edges_;  // where each bucket but the first begins
};

}  // namespace eigenerate
