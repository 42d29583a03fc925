#pragma once

#include <cstdint>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// How `complete` looks for what is hidden.
struct CompletionOptions {
  Index draws = 64;       ///< latent vectors for each sample, in each round
  Index rounds = 8;       ///< of draws from posteriors; 0: from the prior alone
  Index completions = 1;  ///< of each sample that are wanted
  std::uint64_t seed = 0;

  void validate() const {
    if (draws < 1 || draws > max_factor || rounds < 0 || completions < 1 || completions > max_factor)
      fail<ConfigError>("complete: expected 1 to {} draws and completions and rounds >= 0, got {}, {} and {}",
                        max_factor, draws, completions, rounds);
  }
};

/// What `complete` found.
template <Scalar S>
struct Completion {
  Matrix<S> x;  ///< features × completions·n, those of one sample side by side: seen values are as they were
  Matrix<S> z;                     ///< latent × completions·n: what they are decoded from
  Matrix<S> mean;                  ///< features × n: the expectation of what is hidden
  Vector<double> log_probability;  ///< n: an estimate of log p(seen values), in nats
  Vector<double> effective_draws;  ///< n: as many draws without weights would be worth as much
};

}  // namespace eigenerate
