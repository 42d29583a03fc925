#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// How many batches in which one factor is held fixed are drawn for a score. The usual numbers are those of
/// Locatello et al. 2019.
struct FactorScoreOptions {
  Index train = 10000;  ///< batches that the classifier learns from
  Index test = 5000;    ///< batches that it is judged by
  Index batch = 64;     ///< samples of a batch; pairs of them for the β-VAE score
  std::uint64_t seed = 0;

  void validate(std::string_view who, std::span<const Index> counts) const {
    if (train < 1 || test < 1 || batch < 2)
      fail<ConfigError>(
          "{}: expected at least one batch to learn from, one to be judged by and two samples of each, "
          "got {}, {} and {}",
          who, train, test, batch);
    if (counts.size() < 2) fail<ConfigError>("{}: expected at least two factors, got {}", who, counts.size());
    for (const Index count : counts)
      if (count < 2)
        fail<ConfigError>("{}: a factor has {} values, of which nothing can be known", who, count);
  }
};

}  // namespace eigenerate
