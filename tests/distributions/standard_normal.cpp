#include "eigenerate/distributions/standard_normal.hpp"

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEMPLATE_TEST_CASE("the prior's log-density agrees with PyTorch", "", float, double) {
  const double tolerance = std::same_as<TestType, float> ? tolerance::golden_float : tolerance::golden;
  const auto c = load_golden("distributions/standard_normal")["case"];
  const auto z = c.batch<TestType>("z");
  Matrix<TestType> value = poison<TestType>(1, z.cols());
  standard_normal_log_probability(as_const(z), numbers(value));
  CHECK(relative_error(value, c.batch<double>("log_probability")) <= tolerance);

  const auto weights = c.list<TestType>("weights");
  Matrix<TestType> dz = Matrix<TestType>::Ones(z.rows(), z.cols());  // adds, so it starts from something
  standard_normal_log_probability_backward(as_const(z), weights, as_view(dz));
  CHECK(relative_error((dz.array() - 1).matrix().eval(), c.batch<double>("dz")) <= tolerance);

  Matrix<TestType> wrong(z.rows(), z.cols() + 1);
  CHECK_THROWS_AS(standard_normal_log_probability_backward(as_const(z), weights, as_view(wrong)), ShapeError);
}

TEST_CASE("the prior's derivative against central differences") {
  Matrix<double> z = normal_batch(70, 2, 1);
  const std::vector<double> weights{0.5, -2};
  const auto f = [&] {
    double p[2];
    standard_normal_log_probability(as_const(z), p);
    return weights[0] * p[0] + weights[1] * p[1];
  };
  Matrix<double> dz = Matrix<double>::Zero(70, 2);
  standard_normal_log_probability_backward(as_const(z), weights, as_view(dz));
  CHECK(relative_error(dz, central_differences(f, z.data(), z.size())) <= tolerance::derivative);
}
