#pragma once

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A linear classifier: multinomial logistic regression.
struct LinearClassifier {
  Matrix<double> weights;  ///< classes × (features + 1), the last column the biases

  /// The most likely class of every column.
  /// **Errors** `ShapeError` for another number of features than it was fitted to.
  std::vector<int> predict(const Matrix<double>& features) const {
    if (features.rows() != weights.cols() - 1)
      fail<ShapeError>("LinearClassifier: expected {} features, got {}", weights.cols() - 1, features.rows());
    const Matrix<double> logits =
        (weights.leftCols(features.rows()) * features).colwise() + weights.rightCols<1>();
    std::vector<int> labels;
    for (Index j = 0; j < logits.cols(); ++j) {
      Index best = 0;
      logits.col(j).maxCoeff(&best);
      labels.push_back(static_cast<int>(best));
    }
    return labels;
  }
};

/// The weights that minimize `−Σ log p(label|features) + ridge/2 ‖weights‖²`, biases not counted, by Newton's
/// method with steps that are halved until they help.
///
/// **Shapes** features: d × n.
/// **Errors** `ShapeError` without a label for every column; `ConfigError` for labels outside [0, classes),
/// and for a ridge that is not positive, without which classes that can be told apart have no minimum.
/// **Source** Hastie, Tibshirani & Friedman 2009, section 4.4; a ridge of 1 is the usual one of scikit-learn.
inline LinearClassifier fit_linear_classifier(const Matrix<double>& features, std::span<const int> labels,
                                              Index classes, double ridge = 1) {
  const Index n = features.cols(), d = features.rows() + 1, size = classes * d;
  if (static_cast<Index>(labels.size()) != n || n < 1)
    fail<ShapeError>("fit_linear_classifier: expected a label for each of {} columns, got {}", n,
                     labels.size());
  for (const int label : labels)
    if (label < 0 || label >= classes)
      fail<ConfigError>("fit_linear_classifier: expected labels in [0, {}), got {}", classes, label);
  if (!(ridge > 0)) fail<ConfigError>("fit_linear_classifier: expected a ridge above 0, got {}", ridge);
  Matrix<double> x(d, n);
  x << features, Matrix<double>::Ones(1, n);
  Matrix<double> p(classes, n);
  /// The objective; leaves the probabilities in p.
  const auto objective = [&](const Matrix<double>& w) {
    p = w * x;
    double value = 0.5 * ridge * w.leftCols(d - 1).squaredNorm();
    for (Index j = 0; j < n; ++j) {
      const double most = p.col(j).maxCoeff(), logit = p(labels[static_cast<std::size_t>(j)], j);
      p.col(j) = (p.col(j).array() - most).exp();
      const double sum = p.col(j).sum();
      p.col(j) /= sum;
      value += most + std::log(sum) - logit;
    }
    return value;
  };
  LinearClassifier fitted{Matrix<double>::Zero(classes, d)};
  double value = objective(fitted.weights);
  Matrix<double> gradient(d, classes), hessian(size, size);
  for (int step = 0; step < 100; ++step) {
    // Class by class: the derivatives of class k begin at k·d.
    for (Index k = 0; k < classes; ++k)
      for (Index l = 0; l <= k; ++l) {
        const Eigen::RowVectorXd curvature = k == l
                                                 ? (p.row(k).array() * (1 - p.row(k).array())).matrix().eval()
                                                 : (-p.row(k).array() * p.row(l).array()).matrix().eval();
        const Matrix<double> block = (x.array().rowwise() * curvature.array()).matrix() * x.transpose();
        hessian.block(k * d, l * d, d, d) = block;
        hessian.block(l * d, k * d, d, d) = block.transpose();
      }
    for (Index j = 0; j < n; ++j) p(labels[static_cast<std::size_t>(j)], j) -= 1;
    gradient = x * p.transpose();
    gradient.topRows(d - 1) += ridge * fitted.weights.leftCols(d - 1).transpose();
    for (Index k = 0; k < classes; ++k) {
      hessian.diagonal().segment(k * d, d - 1).array() += ridge;
      // All biases together move nothing: a little of a ridge makes the system have one solution.
      hessian(k * d + d - 1, k * d + d - 1) += 1e-8 * static_cast<double>(n);
    }
    if (gradient.cwiseAbs().maxCoeff() < 1e-9 * static_cast<double>(n)) break;
    const Vector<double> direction = hessian.ldlt().solve(gradient.reshaped());
    const Matrix<double> move = direction.reshaped(d, classes).transpose();
    double share = 1, next = 0;
    for (int halvings = 0; halvings < 40; ++halvings, share /= 2) {
      next = objective(fitted.weights - share * move);
      if (next <= value) break;
    }
    if (!(next < value)) break;  // as near as the numbers allow
    fitted.weights -= share * move;
    value = next;
  }
  return fitted;
}

}  // namespace eigenerate
