#pragma once

#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/estimate.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate {

/// I(x; z) in nats, how much latent vectors tell of the samples that they were drawn for: the mean over n
/// samples of `log q(z_i|x_i) − log 1/n Σ_j q(z_i|x_j)`, z_i drawn from q(z|x_i).
///
/// Of these n samples themselves, each equally likely, the estimate is without bias. As one of the data that
/// they come from it is too small, in expectation: the aggregate holds the sample's own posterior as one of
/// n. It cannot exceed log n, and is near the truth only where that lies well below.
///
/// **Shapes** log_q: n × n; row i, column j: log q(z_i|x_j).
/// **Numerics** in double. The standard error is that of a mean of n terms, as if these were independent.
/// **Errors** `ShapeError` unless log_q is square and not empty; `DivergenceError` where it holds a NaN.
/// **Source** Hoffman & Johnson 2016, section 2; the bound: Poole et al. 2019, eq. 12 (with a known q).
template <Scalar S>
Estimate mutual_information(ConstView<S> log_q) {
  const Index n = log_q.rows();
  if (n < 1 || log_q.cols() != n)
    fail<ShapeError>(
        "mutual_information: expected log q of every latent vector given every sample, got {} × {}", n,
        log_q.cols());
  std::vector<double> terms(static_cast<std::size_t>(n));
  kernels::for_each_item(n, 8 * n, [&](Index i) {
    LogMeanExp aggregate;
    for (Index j = 0; j < n; ++j) aggregate.add(static_cast<double>(log_q(i, j)));
    terms[static_cast<std::size_t>(i)] = static_cast<double>(log_q(i, i)) - aggregate.value();
  });
  for (const double term : terms)
    if (is_nan(term)) fail<DivergenceError>("mutual_information: a log-density is not a number");
  return mean_of(terms);
}

}  // namespace eigenerate
