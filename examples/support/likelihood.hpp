#pragma once
// What images cost under a VAE.

#include <eigenerate/metrics/bits_per_dimension.hpp>
#include <eigenerate/models/measure_log_likelihood.hpp>

#include "measures.hpp"

namespace examples {

/// −log p(x) of the images by so many importance samples of each, with what they say of themselves. Where p
/// is a density of dequantized levels, `level_width` is how far they lie apart.
template <class M>
LogLikelihoodFigures report_likelihood(const M& vae, const Dataset& images, Index samples,
                                       MeasureTable& table, double level_width = 1) {
  const LogLikelihoodFigures found = measure_log_likelihood(vae, images, {.samples = samples});
  table.row_with_interval("-log p(x), nats", "nll", found.nll());
  report("{:<26}{:.2g} nats; at least {:.1f} of {} samples count", "its Monte Carlo error",
         found.monte_carlo_error, found.least_effective_count, samples);
  table.figure("nll_monte_carlo_error", found.monte_carlo_error);
  table.figure("least_effective_count", found.least_effective_count);
  table.row("bits per dimension", "bits_per_dimension",
            bits_per_dimension(found.nll(), images.sample_shape().size(), level_width));
  return found;
}

}  // namespace examples
