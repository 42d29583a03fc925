#pragma once
// What the scores of codes against factors share.

#include <cmath>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/factors.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::detail {

/// −Σ n log(n / total) / total.
template <class Counts>
double entropy_of_counts(const Counts& counts, double total) {
  double sum = 0;
  for (const double n : counts)
    if (n > 0) sum -= n * std::log(n / total);
  return sum / total;
}

/// Refuses codes and factors that are not of the same samples, or are not finite.
template <Scalar S>
void require_factors(const char* who, ConstView<S> codes, const data::Factors& factors) {
  if (codes.rows() < 1 || codes.cols() < 2 || codes.cols() != factors.cols() || factors.rows() < 1)
    fail<ShapeError>(
        "{}: expected codes and factors of the same samples, two at least, got {} × {} and {} × {}", who,
        codes.rows(), codes.cols(), factors.rows(), factors.cols());
  if (!kernels::all_finite(codes.data(), codes.size())) fail<ConfigError>("{}: a code is not finite", who);
  for (Index f = 0; f < factors.rows(); ++f) {
    if (factors.row(f).minCoeff() < 0) fail<ConfigError>("{}: factor {} has a negative value", who, f);
    if ((factors.row(f).array() == factors(f, 0)).all())
      fail<ConfigError>("{}: factor {} has the value {} in every sample, of which nothing can be known", who,
                        f, factors(f, 0));
  }
}

}  // namespace eigenerate::detail
