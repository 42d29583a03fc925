#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/levels.hpp"
#include "eigenerate/data/sample_transform.hpp"

namespace eigenerate::data {

/// Integers 0 … levels − 1 (see `to_levels`) as numbers of (0, 1), `(x + u) / levels` with uniform noise u
/// in (0, 1), drawn anew in every epoch: what likelihoods with a density need, which grow without bound on
/// values that repeat.
///
/// A log-density of these, less log(levels) for each value, is a lower bound of the log-probability of the
/// integers. The draw depends on (seed, epoch, sample, element) alone.
///
/// **Errors** `ConfigError` for values that are not such integers.
/// **Source** Uria, Murray & Larochelle 2013, "RNADE"; the bound: Theis, van den Oord & Bethge 2016, section
/// 3.1.
Dataset dequantize(const Dataset& dataset, std::uint64_t seed, Index levels = 256);

/// Numbers x of [0, 1] as the logits of `margin + (1 − 2 margin) x`: all numbers, for normal likelihoods.
///
/// A log-density of logits l is one of x less `Σ log(1 − 2 margin) − log s(l) − log(1 − s(l))`, s the
/// sigmoid.
///
/// **Errors** `ConfigError` for values outside [0, 1], or a margin outside (0, ½).
/// **Source** Dinh, Sohl-Dickstein & Bengio 2017, "Density estimation using Real NVP", section 4.1, whose
/// margin is 0.05.
Dataset to_logits(const Dataset& dataset, double margin = 1e-6);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE Dataset dequantize(const Dataset& dataset, std::uint64_t seed, Index levels) {
  require_levels(dataset, "dequantize", levels, {0, static_cast<double>(levels - 1), true});
  return dataset.transformed(
      SampleTransform([seed, levels](auto sample, const SampleKey& key) {
        const auto stream =
            RandomStream{seed, Purpose::dequantization}.at(static_cast<std::uint64_t>(key.epoch));
        // Sample s owns the blocks [s · blocks, (s + 1) · blocks) of the epoch's stream.
        const std::size_t blocks = (sample.size() + 3) / 4;
        std::uint64_t block = static_cast<std::uint64_t>(key.sample) * blocks;
        // Below 1 in float too, where (255 + u) / 256 would round up to it.
        const float below_one = 1 - 0x1p-24f;
        for (std::size_t i = 0; i < sample.size(); i += 4, ++block) {
          const auto words = stream.words(block);
          for (std::size_t j = i; j < std::min(i + 4, sample.size()); ++j) {
            const double u = to_unit_interval<double>(words[j - i]);
            const auto x =
                static_cast<float>((static_cast<double>(sample[j]) + u) / static_cast<double>(levels));
            sample[j] = std::min(x, below_one);
          }
        }
      }),
      ValueRange{0, 1});
}

EIGENERATE_INLINE Dataset to_logits(const Dataset& dataset, double margin) {
  if (!(margin > 0 && margin < 0.5))
    fail<ConfigError>("{}: to_logits expected a margin in (0, 0.5), got {}", dataset.name(), margin);
  if (const ValueRange seen = dataset.observed_range(); !ValueRange{0, 1}.contains(seen))
    fail<ConfigError>("{}: to_logits expected values in [0, 1], got values in {}", dataset.name(),
                      to_string(seen));
  const double end = std::log1p(-margin) - std::log(margin);
  return dataset.transformed(SampleTransform([margin](auto sample, const SampleKey&) {
                               for (auto& x : sample) {
                                 const double p = margin + (1 - 2 * margin) * static_cast<double>(x);
                                 x = static_cast<float>(std::log(p) - std::log1p(-p));
                               }
                             }),
                             ValueRange{-end, end});
}

#endif

}  // namespace eigenerate::data
