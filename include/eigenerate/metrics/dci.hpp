#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/factors.hpp"
#include "eigenerate/metrics/detail/factor_codes.hpp"

namespace eigenerate {

/// Disentanglement, completeness and informativeness.
struct Dci {
  /// Whether each latent dimension serves one factor, in [0, 1]; dimensions weigh as much as they serve.
  double disentanglement = 0;
  /// Whether each factor is served by one latent dimension, in [0, 1].
  double completeness = 0;
  /// How wrong the factors are told: root mean square error on test samples by the factor's deviation, a mean
  /// over the factors; 0 of the best codes, 1 of those that know nothing.
  double error = 0;
  Matrix<double>
      importance;  ///< latent × factors: |weight| of the standardized code in the factor's regression
};

namespace detail {

/// The lasso: w that minimizes `1/2n ‖y − Xᵀ w‖² + penalty ‖w‖₁`, by coordinate descent on the Gram matrix.
///
/// **Shapes** gram: X Xᵀ / n; projection: X y / n.
/// **Source** Tibshirani 1996; Friedman, Hastie & Tibshirani 2010, "Regularization paths for generalized
/// linear models via coordinate descent", section 2.2.
inline Vector<double> lasso(const Matrix<double>& gram, const Vector<double>& projection, double penalty) {
  Vector<double> w = Vector<double>::Zero(gram.rows());
  for (int sweep = 0; sweep < 10000; ++sweep) {
    double moved = 0;
    for (Index d = 0; d < w.size(); ++d) {
      if (gram(d, d) <= 0) continue;  // a code that never changes
      const double rest = projection(d) - gram.row(d).dot(w) + gram(d, d) * w(d);
      const double next = std::copysign(std::max(0.0, std::abs(rest) - penalty), rest) / gram(d, d);
      moved = std::max(moved, std::abs(next - w(d)));
      w(d) = next;
    }
    if (moved < 1e-12) break;
  }
  return w;
}

/// 1 − the entropy of the rows' shares, relative to that of equal ones; 0 of rows that hold nothing, and of
/// one column.
inline Vector<double> concentration(const Matrix<double>& importance) {
  Vector<double> score = Vector<double>::Zero(importance.rows());
  if (importance.cols() < 2) return score;
  for (Index i = 0; i < importance.rows(); ++i)
    if (const double sum = importance.row(i).sum(); sum > 0)
      score(i) =
          1 - entropy_of_counts(importance.row(i), sum) / std::log(static_cast<double>(importance.cols()));
  return score;
}

}  // namespace detail

/// Disentanglement, completeness and informativeness, by a lasso that tells each factor from the codes: both
/// standardized, as numbers. It sees what grows or falls with a factor; of a factor that goes round, as an
/// orientation, and of a shape's number it sees little. (Eastwood & Williams have a lasso and random forests,
/// Locatello et al. boosted trees, which see these too: figures of theirs are no like of these.)
///
/// **Shapes** codes: latent × n; factors: factors × n; for the fit, and for the error.
/// **Errors** `ShapeError` where they are not of the same samples or differ in their rows; `ConfigError` for
/// a penalty below 0, codes that are not finite, and factors that never change.
/// **Numerics** in double.
/// **Source** Eastwood & Williams 2018, section 2; means weighted as there for codes, and likewise for
/// factors.
template <Scalar S>
Dci dci(ConstView<S> codes, const data::Factors& factors, ConstView<S> test_codes,
        const data::Factors& test_factors, double penalty = 0.02) {
  detail::require_factors("dci", codes, factors);
  detail::require_factors("dci", test_codes, test_factors);
  if (test_codes.rows() != codes.rows() || test_factors.rows() != factors.rows())
    fail<ShapeError>("dci: {} codes of {} factors to learn from, {} of {} to be judged by", codes.rows(),
                     factors.rows(), test_codes.rows(), test_factors.rows());
  if (!(penalty >= 0)) fail<ConfigError>("dci: expected a penalty of at least 0, got {}", penalty);
  const Index latent = codes.rows(), count = factors.rows();
  const double n = static_cast<double>(codes.cols());
  Matrix<double> x = codes.template cast<double>(), y = factors.cast<double>(),
                 test_x = test_codes.template cast<double>(), test_y = test_factors.cast<double>();
  const auto standardize = [n](Matrix<double>& train, Matrix<double>& test) {
    const Vector<double> mean = train.rowwise().mean();
    train.colwise() -= mean;
    test.colwise() -= mean;
    for (Index i = 0; i < train.rows(); ++i) {
      const double deviation = std::sqrt(train.row(i).squaredNorm() / n);
      if (deviation <= 0) continue;
      train.row(i) /= deviation;
      test.row(i) /= deviation;
    }
  };
  standardize(x, test_x);
  standardize(y, test_y);
  const Matrix<double> gram = x * x.transpose() / n, projections = x * y.transpose() / n;
  Dci result{.importance = Matrix<double>(latent, count)};
  for (Index f = 0; f < count; ++f) {
    const Vector<double> w = detail::lasso(gram, projections.col(f), penalty);
    result.importance.col(f) = w.cwiseAbs();
    const auto wrong = test_y.row(f) - w.transpose() * test_x;
    result.error +=
        std::sqrt(wrong.squaredNorm() / static_cast<double>(test_y.cols())) / static_cast<double>(count);
  }
  const double all = result.importance.sum();
  if (!(all > 0)) return result;
  result.disentanglement =
      detail::concentration(result.importance).dot(result.importance.rowwise().sum()) / all;
  result.completeness =
      detail::concentration(result.importance.transpose()).dot(result.importance.colwise().sum()) / all;
  return result;
}

}  // namespace eigenerate
