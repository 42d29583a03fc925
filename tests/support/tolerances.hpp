#pragma once
// Every tolerance of the tests, with where it comes from. Relative errors are those of
// eigenerate/testing/gradient_check.hpp: ‖a − b‖ / max(‖a‖, ‖b‖, floor).

#include <cstddef>
#include <limits>

namespace eigenerate::testing::tolerance {

/// An analytic derivative against central differences in double. `central_differences` chooses its step so
/// that truncation and rounding are both about 2e-11 for a function of order one; 1e-6 leaves room for |f| of
/// 1e3 and for third derivatives of 1e4, and no wrong formula is that close.
inline constexpr double derivative = 1e-6;

/// Our double against PyTorch's double. Both round each operation at 2^-53 = 1.1e-16, in different orders;
/// sums of up to 1e3 terms with cancellation of a factor of ten give 1e3 · 10 · 1.1e-16 = 1e-12.
inline constexpr double golden = 1e-12;

/// Our float against PyTorch's double. The functions used are within 4 ULP = 2.4e-7 and sums accumulate in
/// double or in short blocks, so element errors stay near 2.4e-7; cancellation of a factor of twenty gives
/// 5e-6.
inline constexpr double golden_float = 5e-6;

/// A statistic of seeded random numbers against its expectation, in standard errors. The seeds are fixed, so
/// a test passes always or never; a right implementation with a new seed would fail in one of 1.7e6
/// comparisons.
inline constexpr double standard_errors = 5;

/// Ten optimiser steps in float against PyTorch's float: some ten roundings of 2^-24 = 6e-8 per step in
/// another order, on parameters of order one; ten steps give 6e-6 at worst, of which most cancels.
inline constexpr double ten_float_steps = 3e-6;

/// `terms` roundings to S, relative to the sum of the magnitudes of the terms. Each rounds by at most half of
/// eps, so that (1 + eps/2)^terms − 1 < terms · eps for any number of terms below 1/eps.
template <class S>
constexpr double rounding(std::ptrdiff_t terms) {
  return static_cast<double>(terms) * static_cast<double>(std::numeric_limits<S>::epsilon());
}

}  // namespace eigenerate::testing::tolerance
