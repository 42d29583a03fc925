#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "eigenerate/core/message.hpp"

namespace eigenerate {

/// An interval of numbers, both ends included, or the integers of one: what values a dataset has, what a
/// distribution allows, what a layer can put out.
struct ValueRange {
  double low = 0;
  double high = 1;
  bool integers = false;  ///< whether it has no numbers but integers

  /// Every finite number.
  static constexpr ValueRange everything() {
    return {std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};
  }
  static constexpr ValueRange from(double low) { return {low, std::numeric_limits<double>::max()}; }

  /// Whether both ends bound something.
  constexpr bool is_bounded() const { return low > everything().low && high < everything().high; }
  bool contains(double value) const {
    return low <= value && value <= high && (!integers || std::floor(value) == value);
  }
  constexpr bool contains(const ValueRange& other) const {
    return low <= other.low && other.high <= high && (!integers || other.integers);
  }
  constexpr bool operator==(const ValueRange&) const = default;
};

/// "[-1, 1]"; an end that bounds nothing is "…".
inline std::string to_string(const ValueRange& range) {
  const auto everything = ValueRange::everything();
  const auto end = [](double value, double unbounded) {
    return value == unbounded ? std::string("…") : format_message("{:g}", value);
  };
  return format_message("[{}, {}]", end(range.low, everything.low), end(range.high, everything.high));
}

}  // namespace eigenerate
