#include "eigenerate/losses/mse.hpp"

#include "eigenerate/distributions/unit_normal.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("squared error agrees with PyTorch") {
  const Golden c = load_golden("losses/mse")["case"];
  const auto target = c.batch<double>("target");
  const auto target_float = c.batch<float>("target");
  check_loss_golden<double>(c, [&](auto p, auto d) { return mse(p, as_const(target), d); });
  check_loss_golden<float>(c, [&](auto p, auto d) { return mse(p, as_const(target_float), d); });
}

TEST_CASE("squared error: derivative, errors, NaN, likelihood") {
  const Matrix<double> x = normal_batch(70, 3, 1), target = normal_batch(70, 3, 2);
  check_loss_derivative(x, [&](auto p, auto d) { return mse(p, as_const(target), d); });
  const Matrix<float> four = Matrix<float>::Zero(1, 4), five = Matrix<float>::Zero(1, 5);
  check_loss_errors([&](auto p, auto d) { return mse(p, as_const(four), d); });
  CHECK_THROWS_AS(mse(as_const(four), as_const(five)), ShapeError);

  Matrix<double> log_probability(1, 3);
  UnitNormal{}.log_probability(as_const(target), as_const(x), numbers(log_probability));
  const double constant = 70 * detail::half_log_two_pi;
  CHECK(
      near(0.5 * mse(as_const(x), as_const(target)), -log_probability.mean() - constant, tolerance::golden));
}

TEST_CASE("squared error averaged over the features is PyTorch's default") {
  const Golden c = load_golden("losses/mse")["mean"];
  const auto target = c.batch<double>("target");
  const auto target_float = c.batch<float>("target");
  check_loss_golden<double>(c, [&](auto p, auto d) { return mse_mean(p, as_const(target), d); });
  check_loss_golden<float>(c, [&](auto p, auto d) { return mse_mean(p, as_const(target_float), d); });
  const Matrix<double> x = normal_batch(70, 3, 1), other = normal_batch(70, 3, 2);
  check_loss_derivative(x, [&](auto p, auto d) { return mse_mean(p, as_const(other), d); });
  CHECK(near(70 * mse_mean(as_const(x), as_const(other)), mse(as_const(x), as_const(other)),
             tolerance::golden));
  CHECK_THROWS_AS(mse_mean(as_const(x), as_const(target)), ShapeError);
}
