#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/compression/ans_message.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A distribution of levels 0, 1, … in whole numbers, as an `AnsMessage` takes them: any numbers of the
/// levels, none negative, in the ratio of their probabilities.
///
/// Every level has at least one of the 2^precision numbers, so that all can be coded; the others are shared
/// out by probability, which makes a code longer by at most −log₂(1 − levels / 2^precision) bits.
///
/// **Cost** nothing allocates but the constructor.
/// **Errors** `ConfigError` for fewer than two levels, or half as many as there are numbers;
/// `DivergenceError` for masses that are not finite, negative or all zero; `ConfigError` for a level that
/// there is not.
/// **Numerics** one compiled function makes the table, whether it serves to push or to pop: inlined in two
/// places its roundings could differ, and with them the intervals.
/// **Source** Duda 2013, section 3; Townsend, Bird & Barber 2019, section 2.5.
class FrequencyTable {
 public:
  FrequencyTable(Index levels, int precision)
      : precision_(precision),
        starts_(static_cast<std::size_t>(require_levels(levels, precision)) + 1),
        masses_(static_cast<std::size_t>(levels)) {
    std::fill(masses_.begin(), masses_.end(), 1.0);
    update("FrequencyTable");
  }

  /// To be filled with the levels' masses before `update`.
  std::span<double> masses() { return masses_; }

  /// The intervals of the masses; `who` has them, in messages.
  [[gnu::noinline]] void update(std::string_view who) {
    double total = 0, lowest = 0;
    for (double& mass : masses_) {
      lowest = std::min(lowest, mass);
      mass = total += mass;
    }
    if (!(is_finite(total) && total > 0 && lowest == 0))
      fail<DivergenceError>(
          "{}: the masses of {} levels are those of no distribution: the lowest is {}, their sum {}", who,
          masses_.size(), lowest, total);
    const double shared = static_cast<double>((std::int64_t{1} << precision_) - levels());
    for (std::size_t k = 1; k < masses_.size(); ++k)
      starts_[k] = static_cast<std::uint32_t>(std::floor(masses_[k - 1] / total * shared)) +
                   static_cast<std::uint32_t>(k);
    starts_.back() = std::uint32_t{1} << precision_;
  }

  Index levels() const { return static_cast<Index>(masses_.size()); }
  /// Where each level's interval begins, and the end of the last.
  std::span<const std::uint32_t> starts() const { return starts_; }

  void push(AnsMessage& message, Index level) const {
    if (level < 0 || level >= levels())
      fail<ConfigError>("FrequencyTable: expected one of {} levels, got {}", levels(), level);
    const auto k = static_cast<std::size_t>(level);
    message.push(starts_[k], starts_[k + 1] - starts_[k], precision_);
  }
  Index pop(AnsMessage& message) const {
    const auto behind = std::upper_bound(starts_.begin(), starts_.end(), message.peek(precision_));
    const auto k = static_cast<std::size_t>(behind - starts_.begin()) - 1;
    message.pop(starts_[k], starts_[k + 1] - starts_[k], precision_);
    return static_cast<Index>(k);
  }

 private:
  static Index require_levels(Index levels, int precision) {
    if (precision < 1 || precision > AnsMessage::most_precision || levels < 2 ||
        levels > Index{1} << (precision - 1))
      fail<ConfigError>(
          "FrequencyTable: expected 2 to 2^(n - 1) levels for 2^n numbers, n in [1, {}], got {} for 2^{}",
          AnsMessage::most_precision, levels, precision);
    return levels;
  }

  int precision_;
  std::vector<std::uint32_t> starts_;
  std::vector<double> masses_;  // their sums, once they were read
};

}  // namespace eigenerate
