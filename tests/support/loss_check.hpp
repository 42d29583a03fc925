#pragma once
// What every loss of one batch is checked for: PyTorch's numbers, its derivative, absent outputs.

#include <cmath>
#include <limits>

#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

namespace eigenerate::testing {

/// Whether two loss values agree, relative to their size where that is above one.
inline bool near(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

/// One golden case: `loss(x, dx)` gives the value of member "value" and the gradient of member "dx", element
/// by element, and the same value when the gradient is not wanted.
template <Scalar S, class Loss>
void check_loss_golden(const Golden& c, const Loss& loss) {
  CAPTURE(c.path());
  const double tolerance = std::same_as<S, float> ? tolerance::golden_float : tolerance::golden;
  const auto x = c.batch<S>("x");
  const auto expected = c.batch<double>("dx");
  Matrix<S> dx = poison<S>(x.rows(), x.cols());
  const double value = loss(as_const(x), as_view(dx));
  CAPTURE(value, c.number("value"));
  CHECK(near(value, c.number("value"), tolerance));
  CHECK((dx.template cast<double>() - expected).cwiseAbs().maxCoeff() <=
        tolerance * std::max(1e-3, expected.cwiseAbs().maxCoeff()));
  CHECK(loss(as_const(x), unwanted<S>()) == value);
}

/// The derivative of `loss(x, dx)` at x.
template <class Loss>
void check_loss_derivative(Matrix<double> x, const Loss& loss) {
  Matrix<double> dx = poison(x.rows(), x.cols());
  loss(as_const(x), as_view(dx));
  const auto numeric =
      central_differences([&] { return loss(as_const(x), unwanted<double>()); }, x.data(), x.size());
  CHECK(relative_error(dx, numeric) <= tolerance::derivative);
}

/// What is refused: no sample, and a gradient of other extents. A NaN reaches the value.
template <class Loss>
void check_loss_errors(const Loss& loss) {
  Matrix<float> x = normal_batch<float>(1, 4, 1), dx(1, 3);
  CHECK_THROWS_AS(loss(as_const(x), as_view(dx)), ShapeError);
  const Matrix<float> empty(1, 0);
  CHECK_THROWS_AS(loss(as_const(empty), unwanted<float>()), ShapeError);
  x(2) = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(loss(as_const(x), unwanted<float>())));
}

}  // namespace eigenerate::testing
