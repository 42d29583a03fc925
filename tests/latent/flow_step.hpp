#pragma once
// What every step of a flow is checked for, besides the contract of a layer.

#include <Eigen/LU>
#include <cmath>

#include "eigenerate/network/network.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"

namespace eigenerate::testing {

/// The Jacobian of z′ with respect to z, for one column (z, l).
inline Matrix<double> jacobian_of(const Network<double>& step, const Matrix<double>& x,
                                  const Matrix<double>& condition) {
  const Index latent = x.rows() - 1;
  Matrix<double> jacobian(latent, latent);
  for (Index j = 0; j < latent; ++j) {
    Matrix<double> above = x, below = x;
    above(j) += 1e-5;
    below(j) -= 1e-5;
    jacobian.col(j) =
        (step.predict(above, condition) - step.predict(below, condition)).topRows(latent) / 2e-5;
  }
  return jacobian;
}

/// l must grow by the log of the Jacobian's determinant, which is positive: parameters and z are drawn
/// `scale` times as wide as usual.
inline void check_determinant(const AnyLayer<double>& step, Index latent, Index condition_rows,
                              double scale) {
  NetworkOptions options{.name = "step", .initializer = NormalInit{0, scale}, .seed = 2};
  if (condition_rows > 0) options.condition = Shape{condition_rows};
  const Network<double> network(step, Shape{latent + 1}, options);
  for (std::uint64_t lane = 0; lane < 20; ++lane) {
    CAPTURE(lane, scale);
    const Matrix<double> x = normal_batch(latent + 1, 1, 2 * lane, scale);
    const Matrix<double> condition =
        condition_rows > 0 ? normal_batch(condition_rows, 1, 2 * lane + 1, scale) : Matrix<double>();
    const Matrix<double> y = network.predict(x, condition);
    const double determinant = jacobian_of(network, x, condition).determinant(), log = y(latent) - x(latent);
    CHECK(determinant > 0);
    CHECK(std::abs(log - std::log(determinant)) < 1e-6 * (1 + std::abs(log)));
  }
}

}  // namespace eigenerate::testing
