#include "eigenerate/distributions/unit_normal.hpp"

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("UnitNormal agrees with PyTorch") {
  check_likelihood_golden<double>("distributions/unit_normal", UnitNormal{}, tolerance::golden);
  check_likelihood_golden<float>("distributions/unit_normal", UnitNormal{}, tolerance::golden_float);
}

TEST_CASE("UnitNormal: derivative, errors, NaN") {
  check_likelihood_derivative(UnitNormal{}, 70);
  check_likelihood_errors(UnitNormal{});
  check_likelihood_propagates_nan(UnitNormal{});
}

TEST_CASE("UnitNormal: mean and samples") {
  Matrix<float> parameters(3, 1);
  parameters << -2, 0, 5;
  Matrix<float> mean = poison<float>(3, 1);
  UnitNormal{}.mean(as_const(parameters), as_view(mean));
  CHECK(mean == parameters);
  check_sample_moments(UnitNormal{}, parameters, {-2, 0, 5}, {1, 1, 1}, 3);
}
