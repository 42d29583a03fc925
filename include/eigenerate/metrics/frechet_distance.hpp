#pragma once

#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/metrics/estimate.hpp"
#include "eigenerate/metrics/gaussian_statistics.hpp"

namespace eigenerate {

/// A Fréchet distance with its two parts, of the means and of the covariances, which add up to it.
struct FrechetDistance : Estimate {
  double mean_part = 0;
  double covariance_part = 0;
};

/// How the error bar is made.
struct FrechetOptions {
  Index groups = 10;       ///< into which each side's samples are dealt for the jackknife; 0: no error bar
  std::uint64_t seed = 0;  ///< of the dealing
};

/// The squared Fréchet (2-Wasserstein) distance of two normal distributions with the moments of the samples:
/// `|µ₁ − µ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½`. Of Inception features it is the FID.
///
/// It is biased upwards, by about 1/n: compare figures of equal numbers of samples, and with their floor
/// (`real_floor`). The error bar is a jackknife over groups of samples, of either side: the distance has no
/// error of its own, and a bootstrap would add the bias of samples that occur twice.
///
/// **Shapes** real, generated: features × n of any n ≥ 2, equal features.
/// **Cost** for each set 2·features²·n flops, and about 20·features³ once and for each group.
/// **Errors** `ShapeError` for fewer than two samples on a side and for different features, `ConfigError` for
/// a number that is not finite and for more groups than half the samples.
/// **Numerics** the trace of the root is the sum of the singular values of Σ₁^½ Σ₂^½, with the roots from
/// eigenvalues of which those below features·2⁻⁵²·(the largest) are zero: no complex root, and right where
/// covariances are singular, as they are for fewer samples than features.
/// **Source** Heusel et al. 2017, eq. 6 (Dowson & Landau 1982).
FrechetDistance frechet_distance(ConstView<float> real, ConstView<float> generated,
                                 const FrechetOptions& options = {});

/// The same of statistics that one has, without an error bar.
FrechetDistance frechet_distance(const GaussianStatistics& real, const GaussianStatistics& generated);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include <Eigen/Eigenvalues>
#include <string_view>
#include <vector>

#include "eigenerate/metrics/detail/shuffled_blocks.hpp"

namespace eigenerate {

namespace detail {

/// Mean and R with covariance = R Rᵀ.
struct CovarianceRoot {
  Vector<double> mean;
  Matrix<double> root;
  double trace;

  explicit CovarianceRoot(const GaussianStatistics& s) : mean(s.mean) {
    if (s.samples < 2)
      fail<ShapeError>("frechet_distance: a covariance needs at least 2 samples, got {}", s.samples);
    const Matrix<double> covariance = s.covariance();
    trace = covariance.trace();
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> solved(covariance);
    const Vector<double>& values = solved.eigenvalues();
    const double rounding = static_cast<double>(values.size()) * 0x1p-52 * values.maxCoeff();
    root = solved.eigenvectors() * (values.array() > rounding).select(values, 0).cwiseSqrt().asDiagonal();
  }
};

EIGENERATE_INLINE FrechetDistance frechet_of_roots(const CovarianceRoot& a, const CovarianceRoot& b) {
  if (a.mean.size() != b.mean.size())
    fail<ShapeError>("frechet_distance: 'real' has {} features, 'generated' has {}", a.mean.size(),
                     b.mean.size());
  // The singular values σ of a product P are the eigenvalues ±σ of (0, P; Pᵀ, 0): those of PᵀP would lose
  // half of the digits. The solver reads what is below the diagonal.
  const Index n = a.mean.size();
  Matrix<double> both = Matrix<double>::Zero(2 * n, 2 * n);
  using enum kernels::Transpose;
  kernels::gemm(both.data() + n, 2 * n, b.root.data(), n, Yes, a.root.data(), n, No, n, n, n);
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solved(both, Eigen::EigenvaluesOnly);
  FrechetDistance d;
  d.mean_part = (a.mean - b.mean).squaredNorm();
  d.covariance_part = a.trace + b.trace - solved.eigenvalues().cwiseAbs().sum();
  d.value = d.mean_part + d.covariance_part;
  return d;
}

/// The statistics of all samples, and of all but each group.
struct GroupStatistics {
  GaussianStatistics all;
  std::vector<GaussianStatistics> without;

  GroupStatistics(ConstView<float> samples, std::string_view what, const FrechetOptions& options) {
    if (options.groups != 0 && (options.groups < 2 || options.groups > samples.cols() / 2))
      fail<ConfigError>(
          "frechet_distance: expected 0 or 2 to {} groups, half the samples of '{}', got {}; 0 asks for no error bar",
          samples.cols() / 2, what, options.groups);
    if (options.groups == 0) {
      all = gaussian_statistics(samples);
      return;
    }
    const ShuffledBlocks blocks(samples.cols(), options.groups, options.seed);
    std::vector<GaussianStatistics> groups;
    Matrix<float> group;
    for (Index g = 0; g < blocks.count(); ++g) {
      const auto columns = blocks[g];
      group.resize(samples.rows(), static_cast<Index>(columns.size()));
      for (Index j = 0; j < group.cols(); ++j)
        group.col(j) = samples.col(columns[static_cast<std::size_t>(j)]);
      groups.push_back(gaussian_statistics(group));
    }
    for (std::size_t left_out = 0; left_out < groups.size(); ++left_out) {
      without.emplace_back();
      for (std::size_t g = 0; g < groups.size(); ++g)
        if (g != left_out) without.back().merge(groups[g]);
    }
    all = without.back();
    all.merge(groups.back());
  }
};

}  // namespace detail

EIGENERATE_INLINE FrechetDistance frechet_distance(const GaussianStatistics& real,
                                                   const GaussianStatistics& generated) {
  return detail::frechet_of_roots(detail::CovarianceRoot(real), detail::CovarianceRoot(generated));
}

EIGENERATE_INLINE FrechetDistance frechet_distance(ConstView<float> real, ConstView<float> generated,
                                                   const FrechetOptions& options) {
  detail::require_features("frechet_distance", "real", real, "generated", generated, 2);
  const detail::GroupStatistics a(real, "real", options), b(generated, "generated", options);
  const detail::CovarianceRoot real_root(a.all), generated_root(b.all);
  FrechetDistance distance = detail::frechet_of_roots(real_root, generated_root);
  std::vector<double> real_varies, generated_varies;
  for (const auto& s : a.without)
    real_varies.push_back(detail::frechet_of_roots(detail::CovarianceRoot(s), generated_root).value);
  for (const auto& s : b.without)
    generated_varies.push_back(detail::frechet_of_roots(real_root, detail::CovarianceRoot(s)).value);
  distance.standard_error = std::hypot(jackknife_error(real_varies), jackknife_error(generated_varies));
  return distance;
}

}  // namespace eigenerate

#endif
