#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "eigenerate/metrics/estimate.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate {

/// The log-likelihood of a dataset, in nats per sample, and how sure it is.
struct LogLikelihoodFigures {
  /// Over the samples. Its error is that of other samples of the same number, and holds the Monte Carlo error
  /// of these too, which scatters them.
  Estimate mean;
  /// log p(x) of every sample, each with its Monte Carlo error: by how much it would scatter with other draws
  /// of z for the same x (`LogMeanExp::standard_error`).
  std::vector<Estimate> of_samples;
  double monte_carlo_error = 0;      ///< of the mean, the samples held fixed
  double least_effective_count = 0;  ///< of all samples, see `LogMeanExp::effective_count`

  /// −log p(x), a mean over the samples.
  Estimate nll() const { return {-mean.value, mean.standard_error}; }
};

/// Sums up the importance weights of samples, a `LogMeanExp` for each.
inline LogLikelihoodFigures log_likelihood_figures(std::span<const LogMeanExp> weights) {
  LogLikelihoodFigures figures;
  std::vector<double> values;
  double squares = 0;
  for (const LogMeanExp& of_sample : weights) {
    values.push_back(of_sample.value());
    figures.of_samples.push_back({of_sample.value(), of_sample.standard_error()});
    squares += of_sample.standard_error() * of_sample.standard_error();
    const double count = of_sample.effective_count();
    figures.least_effective_count =
        figures.of_samples.size() == 1 ? count : std::min(figures.least_effective_count, count);
  }
  figures.mean = mean_of(values);
  figures.monte_carlo_error = weights.empty() ? 0 : std::sqrt(squares) / static_cast<double>(weights.size());
  return figures;
}

}  // namespace eigenerate
