#pragma once

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// The directions along which samples vary most, and how much.
template <Scalar S>
struct PrincipalComponents {
  Vector<S> mean;             ///< of the samples
  Matrix<S> directions;       ///< features × count: of length 1, at right angles, the largest variance first
  Vector<double> variance;    ///< along each, unbiased
  double total_variance = 0;  ///< of all features together

  /// The part of the total variance that lies along each.
  Vector<double> shares() const { return variance / (total_variance > 0 ? total_variance : 1.0); }

  /// Where samples lie along the directions: features × n → count × n.
  Matrix<S> project(ConstView<S> x) const {
    if (x.rows() != mean.size())
      fail<ShapeError>("principal components: expected columns of {} values, got {} × {}", mean.size(),
                       x.rows(), x.cols());
    return directions.transpose() * (x.colwise() - mean);
  }
};

/// The first `count` principal components of samples, exactly.
///
/// A direction and its opposite are one and the same component: of each, the value of largest magnitude (the
/// first of several) is positive.
///
/// **Shapes** x: features × n, n ≥ 2.
/// **Cost** features² · n, and the eigenvectors of a features × features matrix.
/// **Errors** `ShapeError` for fewer than two samples, `ConfigError` for more components than features, and
/// for a value that is not finite.
/// **Numerics** in double. Of components with equal variances any directions in their space are right.
/// **Source** Pearson 1901; Hotelling 1933. The signs are those of scikit-learn's PCA.
template <Scalar S>
PrincipalComponents<S> principal_components(ConstView<S> x, Index count = 2) {
  if (x.rows() < 1 || x.cols() < 2)
    fail<ShapeError>("principal_components: expected at least two samples, got {} × {}", x.rows(), x.cols());
  if (count < 1 || count > x.rows())
    fail<ConfigError>("principal_components: expected 1 to {} components, got {}", x.rows(), count);
  if (!kernels::all_finite(x.data(), x.size()))
    fail<ConfigError>("principal_components: a value of the samples is not finite");
  const Vector<double> mean = x.template cast<double>().rowwise().mean();
  const Matrix<double> centered = x.template cast<double>().colwise() - mean;
  const Matrix<double> covariance = centered * centered.transpose() / static_cast<double>(x.cols() - 1);
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solved(covariance);  // the smallest first
  PrincipalComponents<S> found{mean.cast<S>(), Matrix<S>(x.rows(), count), Vector<double>(count),
                               covariance.trace()};
  for (Index k = 0; k < count; ++k) {
    Vector<double> direction = solved.eigenvectors().col(x.rows() - 1 - k);
    Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    if (direction(largest) < 0) direction = -direction;
    found.directions.col(k) = direction.cast<S>();
    found.variance(k) = std::max(0.0, solved.eigenvalues()(x.rows() - 1 - k));
  }
  return found;
}

}  // namespace eigenerate
