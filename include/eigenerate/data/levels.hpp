#pragma once

#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/sample_transform.hpp"

namespace eigenerate::data {

/// Samples of [0, 1] as the integers 0 … levels − 1 nearest to `x · (levels − 1)`: the gray levels of a file
/// again, whose likelihoods are `Categorical{levels}`, `BetaBinomial{levels − 1}` and
/// `DiscretizedLogisticMixture{k, levels}`. Fewer levels than the file's make a coarser picture.
///
/// **Errors** `ConfigError` for values outside [0, 1], or fewer than two levels or more than 65,536.
/// **Numerics** exact for levels of a file that became x / (levels − 1).
Dataset to_levels(const Dataset& dataset, Index levels = 256);

/// The integers 0 … levels − 1 as numbers of [0, 1], `x / (levels − 1)`: for pictures, and for encoders that
/// take small numbers.
///
/// **Errors** `ConfigError` for values that are not such integers.
Dataset from_levels(const Dataset& dataset, Index levels = 256);

/// `ConfigError` unless there are between 2 and 65,536 levels, and the values of the dataset lie in
/// `expected`; `what` needs it.
void require_levels(const Dataset& dataset, std::string_view what, Index levels, const ValueRange& expected);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE void require_levels(const Dataset& dataset, std::string_view what, Index levels,
                                      const ValueRange& expected) {
  if (levels < 2 || levels > 65536)
    fail<ConfigError>("{}: {} expected between 2 and 65536 levels, got {}", dataset.name(), what, levels);
  const ValueRange seen = dataset.observed_range();
  if (expected.contains(seen)) return;
  fail<ConfigError>("{}: {} expected {} in {}, got values in {}{}", dataset.name(), what,
                    expected.integers ? "integers" : "values", to_string(expected), to_string(seen),
                    expected.integers && !seen.integers ? ", not all of them integers" : "");
}

EIGENERATE_INLINE Dataset to_levels(const Dataset& dataset, Index levels) {
  require_levels(dataset, "to_levels", levels, {0, 1});
  const auto top = static_cast<float>(levels - 1);
  return dataset.transformed(SampleTransform([top](auto sample, const SampleKey&) {
                               for (auto& x : sample) x = std::floor(x * top + 0.5f);
                             }),
                             ValueRange{0, static_cast<double>(top), true});
}

EIGENERATE_INLINE Dataset from_levels(const Dataset& dataset, Index levels) {
  const auto top = static_cast<float>(levels - 1);
  require_levels(dataset, "from_levels", levels, {0, static_cast<double>(top), true});
  return dataset.transformed(SampleTransform([top](auto sample, const SampleKey&) {
                               for (auto& x : sample) x /= top;
                             }),
                             ValueRange{0, 1});
}

#endif

}  // namespace eigenerate::data
