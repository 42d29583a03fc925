#pragma once

#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How a kernel distance is estimated.
struct KernelDistanceOptions {
  Index blocks = 10;       ///< disjoint parts that each give an estimate; 1: one estimate, no error bar
  std::uint64_t seed = 0;  ///< of the dealing
};

/// The squared maximum mean discrepancy of two sets of samples with the kernel `(xᵀy / features + 1)³`: the
/// KID of Inception features. Unbiased for any number of samples, so its floor is zero within the error, and
/// it may be negative.
///
/// Both sets are dealt at random into as many disjoint blocks; the value is the mean of the blocks' unbiased
/// estimates and the error that of this mean, which is honest because the blocks are independent. (Estimates
/// of overlapping subsets, as often reported, scatter less than they err.) Near zero the blocks' estimates
/// are skewed, a few large ones among many small: more blocks make the error trustworthy there.
///
/// **Shapes** real, generated: features × n, any n of at least 2 in each block.
/// **Cost** (n² + m² + 2nm)·features flops, divided by the blocks; three square matrices of a block's size.
/// **Errors** `ShapeError` for different features and for fewer than two samples in a block, `ConfigError`
/// for a number that is not finite and for fewer than one block.
/// **Numerics** products and sums in double.
/// **Source** Bińkowski et al. 2018, section 4; Gretton et al. 2012, eq. 3.
Estimate kernel_distance(ConstView<float> real, ConstView<float> generated,
                         const KernelDistanceOptions& options = {});

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <vector>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/detail/shuffled_blocks.hpp"

namespace eigenerate {

namespace detail {

/// Σ k(x_i, y_j) of all pairs, without those of equal numbers where x and y are the same samples.
EIGENERATE_INLINE double kernel_sum(const Matrix<double>& x, const Matrix<double>& y, bool same) {
  Matrix<double> k(x.cols(), y.cols());
  using enum kernels::Transpose;
  kernels::gemm(k.data(), x.cols(), x.data(), x.rows(), Yes, y.data(), y.rows(), No, x.cols(), y.cols(),
                x.rows());
  const double features = static_cast<double>(x.rows());
  return kernels::sum_over_items(y.cols(), x.cols(), [&](Index j) {
    double sum = 0;
    for (Index i = 0; i < x.cols(); ++i) {
      const double base = k(i, j) / features + 1;
      if (!same || i != j) sum += base * base * base;
    }
    return sum;
  });
}

EIGENERATE_INLINE double unbiased_discrepancy(const Matrix<double>& x, const Matrix<double>& y) {
  const double n = static_cast<double>(x.cols()), m = static_cast<double>(y.cols());
  return kernel_sum(x, x, true) / (n * (n - 1)) + kernel_sum(y, y, true) / (m * (m - 1)) -
         2 * kernel_sum(x, y, false) / (n * m);
}

}  // namespace detail

EIGENERATE_INLINE Estimate kernel_distance(ConstView<float> real, ConstView<float> generated,
                                           const KernelDistanceOptions& options) {
  if (options.blocks < 1)
    fail<ConfigError>("kernel_distance: expected at least one block, got {}", options.blocks);
  detail::require_features("kernel_distance", "real", real, "generated", generated, 2 * options.blocks);
  const detail::ShuffledBlocks x(real.cols(), options.blocks, options.seed),
      y(generated.cols(), options.blocks, options.seed);
  std::vector<double> estimates;
  for (Index b = 0; b < options.blocks; ++b)
    estimates.push_back(detail::unbiased_discrepancy(detail::columns_in_double(real, x[b]),
                                                     detail::columns_in_double(generated, y[b])));
  return mean_of(estimates);
}

}  // namespace eigenerate

#endif
