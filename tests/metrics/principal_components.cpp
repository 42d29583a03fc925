#include "eigenerate/metrics/principal_components.hpp"

#include "eigenerate/testing/gradient_check.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("principal components are those of NumPy, signs included", "[principal_components][golden]") {
  for (const Golden& c : load_golden("metrics/principal_components").cases()) {
    CAPTURE(c.path());
    const Matrix<double> x = c.batch<double>("x");
    const auto found = principal_components(as_const(x), c.integer("count"));
    // Eigenvectors of a covariance have half the digits that singular vectors have, where variances are
    // small.
    CHECK(relative_error(found.directions, c.batch<double>("directions")) < 1e-9);
    CHECK(relative_error(found.project(x), c.batch<double>("projected")) < 1e-9);
    const auto variance = c.list("variance"), shares = c.list("shares");
    for (std::size_t k = 0; k < variance.size(); ++k) {
      CHECK(std::abs(found.variance(Index(k)) / variance[k] - 1) < 1e-10);
      CHECK(std::abs(found.shares()(Index(k)) / shares[k] - 1) < 1e-10);
    }
  }
}

TEST_CASE("principal components stand at right angles and take all the variance", "[principal_components]") {
  const Matrix<float> x = uniform_batch<float>(6, 50, 3);
  const auto found = principal_components(as_const(x), 6);
  CHECK((found.directions.transpose() * found.directions - Matrix<float>::Identity(6, 6)).norm() < 1e-5f);
  CHECK(std::abs(found.shares().sum() - 1) < 1e-12);
  for (Index k = 1; k < 6; ++k) CHECK(found.variance(k) <= found.variance(k - 1));
  const Matrix<float> back = (found.directions * found.project(x)).colwise() + found.mean;
  CHECK(relative_error(back, x) < 1e-5);
}

TEST_CASE("samples that are all alike have no variance to share", "[principal_components]") {
  const Matrix<double> x = Matrix<double>::Constant(3, 4, 2.5);
  const auto found = principal_components(as_const(x), 2);
  CHECK(found.variance == Vector<double>::Zero(2));
  CHECK(found.shares() == Vector<double>::Zero(2));
}

TEST_CASE("principal components refuse what has none", "[principal_components]") {
  using support::refuses;
  Matrix<double> x = uniform_batch(3, 5, 1);
  const Matrix<double> one = x.leftCols(1), narrow = x.topRows(2);
  refuses<ShapeError>([&] { principal_components(as_const(one)); }, {"two samples", "3 × 1"});
  refuses<ConfigError>([&] { principal_components(as_const(x), 4); }, {"1 to 3", "got 4"});
  refuses<ConfigError>([&] { principal_components(as_const(x), 0); }, {"got 0"});
  const auto found = principal_components(as_const(x));
  refuses<ShapeError>([&] { found.project(narrow); }, {"3 values", "2 × 5"});
  x(1, 2) = not_a_number<double>();
  refuses<ConfigError>([&] { principal_components(as_const(x)); }, {"not finite"});
}
