#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/distributions/gaussian_mixture.hpp"

namespace eigenerate {

/// Which normals a mixture is fitted with.
enum class Covariance {
  full,     ///< any
  diagonal  ///< of independent features
};

/// How a mixture is fitted.
struct GaussianMixtureOptions {
  Index components = 10;
  Covariance covariance = Covariance::full;
  Index iterations = 200;   ///< at most
  double tolerance = 1e-5;  ///< ends when the objective of a sample rises by less, in nats
  /// Each component is fitted as if it had so many further samples about its mean, with as much variance in
  /// every direction as the data have on average.
  double ridge = 1e-2;
  std::uint64_t seed = 0;  ///< of the start
};

/// A fitted mixture, and how it was found.
struct GaussianMixtureFit {
  GaussianMixture mixture;
  /// At the start, and after each iteration: the log-likelihood of a sample, on average, less what the ridge
  /// takes off. It never falls.
  std::vector<double> objective;
};

/// Fits a mixture of normals by expectation and maximisation, from centers chosen as k-means++ does.
///
///     r_kj = π_k N_k(x_j) / p(x_j),   n_k = Σ_j r_kj,   π_k = n_k / n,   µ_k = Σ_j r_kj x_j / n_k
///     Σ_k = (Σ_j r_kj (x_j − µ_k)(x_j − µ_k)ᵀ + ρ) / n_k
///
/// The ridge ρ, a multiple of the identity, keeps covariances invertible; with it these are the exact steps
/// for `Σ_j log p(x_j) − ½ Σ_k tr (ρ Σ_k⁻¹)`, which rises with each.
///
/// **Shapes** x: features × n.
/// **Cost** for each iteration 2·components·features²·n flops twice; memory for components numbers of each
/// sample.
/// **Errors** `ShapeError` for no features or fewer samples than components; `ConfigError` for options out of
/// range, for a number that is not finite, and where a covariance cannot be inverted because the ridge is 0.
/// **Numerics** in double, with the same bits on any number of threads. A component that no sample belongs to
/// stays as it is.
/// **Source** Dempster, Laird & Rubin 1977; the start: Arthur & Vassilvitskii 2007 (k-means++); for the codes
/// of an autoencoder: Ghosh et al. 2020 (From variational to deterministic autoencoders), section 4.
GaussianMixtureFit fit_gaussian_mixture(ConstView<double> x, const GaussianMixtureOptions& options = {});

/// The same from these centers, features × components, as many as they are.
GaussianMixtureFit fit_gaussian_mixture(ConstView<double> x, ConstView<double> centers,
                                        const GaussianMixtureOptions& options);

/// As many samples as there are to be centers, each drawn with a probability that is proportional to its
/// squared distance from those before it.
Matrix<double> kmeans_plus_plus(ConstView<double> x, Index centers, const RandomStream& random);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(DISTRIBUTIONS)

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <utility>

namespace eigenerate {

EIGENERATE_INLINE Matrix<double> kmeans_plus_plus(ConstView<double> x, Index centers,
                                                  const RandomStream& random) {
  if (centers < 1 || x.cols() < centers)
    fail<ShapeError>("kmeans_plus_plus: {} samples cannot give {} centers", x.cols(), centers);
  const auto uniform = [&](Index draw) {
    return to_unit_interval<double>(random.words(static_cast<std::uint64_t>(draw))[0]);
  };
  Matrix<double> chosen(x.rows(), centers);
  Vector<double> nearest = Vector<double>::Ones(x.cols());
  for (Index c = 0; c < centers; ++c) {
    // Where all samples are centers already, any of them.
    if (nearest.sum() <= 0) nearest.setOnes();
    double rest = uniform(c) * nearest.sum();
    Index j = 0;
    while (j + 1 < x.cols() && (rest -= nearest(j)) > 0) ++j;
    chosen.col(c) = x.col(j);
    const Vector<double> squares = (x.colwise() - x.col(j)).colwise().squaredNorm().transpose();
    nearest = c == 0 ? squares : nearest.cwiseMin(squares).eval();
  }
  return chosen;
}

namespace detail {

/// Expectation and maximisation on some samples.
class MixtureFitter {
 public:
  MixtureFitter(ConstView<double> x, const GaussianMixtureOptions& o) : x_(x), options_(o) {
    const auto out_of_range = [](double v) { return !(is_finite(v) && v >= 0); };
    if (o.components < 1 || o.iterations < 1 || out_of_range(o.tolerance) || out_of_range(o.ridge))
      fail<ConfigError>(
          "fit_gaussian_mixture: expected at least one component and iteration, tolerance and ridge of at "
          "least 0, got {}, {}, {} and {}",
          o.components, o.iterations, o.tolerance, o.ridge);
    if (x.rows() < 1 || x.cols() < o.components)
      fail<ShapeError>("fit_gaussian_mixture: {} samples of {} features are too few for {} components",
                       x.cols(), x.rows(), o.components);
    if (!kernels::all_finite(x.data(), x.size()))
      fail<ConfigError>("fit_gaussian_mixture: not all samples are finite");
    const Vector<double> mean = x.rowwise().mean();
    ridge_ = o.ridge * (x.colwise() - mean).squaredNorm() / static_cast<double>(x.size());
  }

  GaussianMixtureFit run(ConstView<double> centers) {
    begin_at(centers);
    GaussianMixtureFit fit;
    fit.objective.push_back(expect());
    for (Index i = 0; i < options_.iterations; ++i) {
      maximize();
      fit.objective.push_back(expect());
      if (fit.objective.back() - *(fit.objective.end() - 2) < options_.tolerance) break;
    }
    fit.mixture = std::move(mixture_);
    return fit;
  }

 private:
  /// Each sample belongs to the nearest center.
  void begin_at(ConstView<double> centers) {
    const Index k = centers.cols(), d = x_.rows();
    mixture_.weights = Vector<double>::Constant(k, 1 / static_cast<double>(k));
    mixture_.means = centers;
    const double spread =
        (x_.colwise() - x_.rowwise().mean().eval()).squaredNorm() / static_cast<double>(x_.size());
    mixture_.factors.assign(static_cast<std::size_t>(k),
                            std::sqrt(std::max(spread, 1e-300)) * Matrix<double>::Identity(d, d));
    shares_ = Matrix<double>::Zero(k, x_.cols());
    for (Index j = 0; j < x_.cols(); ++j) {
      Index nearest = 0;
      (centers.colwise() - x_.col(j)).colwise().squaredNorm().minCoeff(&nearest);
      shares_(nearest, j) = 1;
    }
    maximize();
  }

  /// The shares r of all samples, and the objective.
  double expect() {
    shares_ = mixture_.log_joint(x_);
    const Vector<double> log_p = log_sums(shares_);
    kernels::for_each_item(shares_.cols(), 8 * shares_.rows(),
                           [&](Index j) { shares_.col(j) = (shares_.col(j).array() - log_p(j)).exp(); });
    double penalty = 0;  // tr Σ⁻¹, the squares of L⁻¹
    for (const Matrix<double>& factor : mixture_.factors)
      penalty += factor.triangularView<Eigen::Lower>()
                     .solve(Matrix<double>::Identity(factor.rows(), factor.cols()))
                     .squaredNorm();
    return (log_p.sum() - 0.5 * ridge_ * penalty) / static_cast<double>(x_.cols());
  }

  void maximize() {
    using enum kernels::Transpose;
    const Index d = x_.rows(), n = x_.cols();
    Matrix<double> centered(d, n), weighted(d, n), scatter(d, d);
    Vector<double> variances(d);
    for (Index c = 0; c < shares_.rows(); ++c) {
      const double count = shares_.row(c).sum();
      mixture_.weights(c) = count / static_cast<double>(n);
      if (count < 1e-9) continue;
      mixture_.means.col(c) = x_ * shares_.row(c).transpose() / count;
      centered = x_.colwise() - mixture_.means.col(c);
      Matrix<double>& factor = mixture_.factors[static_cast<std::size_t>(c)];
      bool found = true;
      if (options_.covariance == Covariance::diagonal) {
        variances = ((centered.cwiseAbs2() * shares_.row(c).transpose()).array() + ridge_) / count;
        factor = variances.cwiseSqrt().asDiagonal();
      } else {
        weighted = centered * shares_.row(c).asDiagonal();
        kernels::gemm(scatter.data(), d, weighted.data(), d, No, centered.data(), d, Yes, d, d, n, 0.0);
        scatter.diagonal().array() += ridge_;
        scatter /= count;
        const Eigen::LLT<Matrix<double>> decomposition(scatter);
        found = decomposition.info() == Eigen::Success;  // else its diagonal is partly that of `scatter`
        factor = decomposition.matrixL();
        variances = scatter.diagonal();
      }
      // What is left of a variance, given the features before it, must be more than rounding.
      if (!found || !kernels::all_finite(factor.data(), factor.size()) ||
          !(factor.diagonal().array().square() > 0x1p-44 * variances.array()).all())
        fail<ConfigError>(
            "fit_gaussian_mixture: the covariance of component {} cannot be inverted; take a ridge above {}",
            c, options_.ridge);
    }
  }

  ConstView<double> x_;
  const GaussianMixtureOptions& options_;
  double ridge_;
  GaussianMixture mixture_;
  Matrix<double> shares_;
};

}  // namespace detail

EIGENERATE_INLINE GaussianMixtureFit fit_gaussian_mixture(ConstView<double> x,
                                                          const GaussianMixtureOptions& options) {
  detail::MixtureFitter fitter(x, options);
  const Matrix<double> centers =
      kmeans_plus_plus(x, options.components, RandomStream{options.seed, Purpose::initialization});
  return fitter.run(centers);
}

EIGENERATE_INLINE GaussianMixtureFit fit_gaussian_mixture(ConstView<double> x, ConstView<double> centers,
                                                          const GaussianMixtureOptions& options) {
  GaussianMixtureOptions of_centers = options;
  of_centers.components = centers.cols();
  if (centers.rows() != x.rows())
    fail<ShapeError>("fit_gaussian_mixture: samples of {} features, and centers of {}", x.rows(),
                     centers.rows());
  return detail::MixtureFitter(x, of_centers).run(centers);
}

}  // namespace eigenerate

#endif
