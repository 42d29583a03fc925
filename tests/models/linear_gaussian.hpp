#pragma once
// A linear VAE, whose log-likelihood is known: x = W z + b + noise of deviation σ is N(x; b, W Wᵀ + σ² I).

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <vector>

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/distributions/normal.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/batches.hpp"

namespace support {

using namespace eigenerate;

struct LinearGaussian {
  Index latent = 3, features = 6;
  double deviation = 0.7;
  Matrix<double> w = testing::normal_batch(features, latent, 11);
  Vector<double> b = testing::normal_batch(features, 1, 12);

  Eigen::MatrixXd covariance() const {
    return w * w.transpose() + deviation * deviation * Eigen::MatrixXd::Identity(features, features);
  }

  /// As floats, which a dataset holds.
  Dataset samples(Index n) const {
    const Matrix<double> x =
        (w * testing::normal_batch(latent, n, 13) + deviation * testing::normal_batch(features, n, 14))
            .colwise() +
        b;
    return Dataset("linear", {features}, x.cast<float>());
  }

  /// log p(x) of every sample.
  std::vector<double> exact(const Dataset& data) const {
    const Eigen::LLT<Eigen::MatrixXd> root(covariance());
    const double log_det = 2 * Eigen::MatrixXd(root.matrixL()).diagonal().array().log().sum();
    std::vector<double> values;
    for (Index i = 0; i < data.size(); ++i) {
      const Vector<double> away = data.sample(i).cast<double>() - b;
      values.push_back(-0.5 * (static_cast<double>(features) * std::log(2 * std::acos(-1.0)) + log_det +
                               away.dot(root.solve(away))));
    }
    return values;
  }

  /// The VAE, with the mean of the true posterior, and its variances times `breadth`.
  Vae<double> vae(double breadth = 1) const {
    Vae<double> vae(Linear{features, 2 * latent}, Linear{latent, features},
                    {.likelihood = Normal{deviation}});
    const double variance = deviation * deviation;
    const Eigen::MatrixXd precision =
        Eigen::MatrixXd::Identity(latent, latent) + w.transpose() * w / variance;
    const Eigen::MatrixXd covariance = precision.inverse(), gain = covariance * w.transpose() / variance;
    set(vae.decoder(), w, b);
    Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(2 * latent, features);
    Eigen::VectorXd bias(2 * latent);
    weights.topRows(latent) = gain;
    bias << -gain * b, (breadth * covariance.diagonal()).array().log().matrix();
    set(vae.encoder(), weights, bias);
    return vae;
  }

  /// y = weights x + bias.
  static void set(Network<double>& network, const Eigen::MatrixXd& weights, const Eigen::VectorXd& bias) {
    for_each_parameter(
        [&](const Segment& s, double* values) {
          if (s.name.ends_with("bias"))
            Eigen::Map<Eigen::VectorXd>(values, s.size) = bias;
          else  // in × out, column-major
            Eigen::Map<Eigen::MatrixXd>(values, weights.cols(), weights.rows()) = weights.transpose();
        },
        network.parameters());
  }
};

}  // namespace support
