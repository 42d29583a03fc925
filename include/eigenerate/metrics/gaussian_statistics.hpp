#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate {

/// Mean and scatter of samples, from which a Fréchet distance is computed: what one keeps of the real data.
/// Those of two sets can be merged into those of both together.
struct GaussianStatistics {
  Index samples = 0;
  Vector<double> mean = {};
  Matrix<double> scatter = {};  ///< Σ (x − mean)(x − mean)ᵀ

  /// The unbiased covariance, as NumPy's `cov`.
  Matrix<double> covariance() const { return scatter / static_cast<double>(samples - 1); }

  /// **Source** Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", eq. 2.1.
  void merge(const GaussianStatistics& other);
};

/// The statistics of samples, one per column.
///
/// **Cost** 2·features²·n flops; features² doubles and a block of samples in double.
/// **Errors** `ShapeError` for no samples, `ConfigError` for a number that is not finite.
/// **Numerics** two passes in double.
GaussianStatistics gaussian_statistics(ConstView<float> samples);

#if EIGENERATE_DEFINES(METRICS)

EIGENERATE_INLINE void GaussianStatistics::merge(const GaussianStatistics& other) {
  if (other.samples == 0) return;
  if (samples == 0) {
    *this = other;
    return;
  }
  if (mean.size() != other.mean.size())
    fail<ShapeError>("GaussianStatistics: {} and {} features do not go together", mean.size(),
                     other.mean.size());
  const double a = static_cast<double>(samples), b = static_cast<double>(other.samples);
  const Vector<double> shift = other.mean - mean;
  scatter += other.scatter + (a * b / (a + b)) * shift * shift.transpose();
  mean += (b / (a + b)) * shift;
  samples += other.samples;
}

EIGENERATE_INLINE GaussianStatistics gaussian_statistics(ConstView<float> samples) {
  detail::require_features("gaussian_statistics", "samples", samples);
  const Index features = samples.rows(), n = samples.cols();
  GaussianStatistics s{n, Vector<double>::Zero(features), Matrix<double>::Zero(features, features)};
  for (Index i = 0; i < n; ++i) s.mean += samples.col(i).template cast<double>();
  s.mean /= static_cast<double>(n);
  constexpr Index block = 1024;
  Matrix<double> x;
  for (Index first = 0; first < n; first += block) {
    x = samples.middleCols(first, std::min(block, n - first)).template cast<double>();
    x.colwise() -= s.mean;
    using enum kernels::Transpose;
    kernels::gemm(s.scatter.data(), features, x.data(), features, No, x.data(), features, Yes, features,
                  features, x.cols(), 1.0);
  }
  return s;
}

#endif

}  // namespace eigenerate
