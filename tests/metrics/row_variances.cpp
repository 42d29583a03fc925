#include "eigenerate/metrics/row_variances.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("row variances are unbiased and keep their digits far from zero", "[row_variances]") {
  Matrix<double> x(2, 4);
  x << 1, 2, 3, 4, 1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4;
  const auto variances = row_variances(as_const(x));
  REQUIRE(variances.size() == 2);
  CHECK(std::abs(variances[0] - 5.0 / 3) < 1e-15);
  CHECK(std::abs(variances[1] - 5.0 / 3) < 1e-6);
}

TEST_CASE("one sample has no variance", "[row_variances]") {
  const Matrix<float> x = Matrix<float>::Random(3, 1);
  CHECK(row_variances(as_const(x)) == std::vector<double>(3, 0.0));
}
