#include "eigenerate/losses/l1.hpp"

#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("absolute error agrees with PyTorch") {
  const Golden c = load_golden("losses/l1")["case"];
  const auto target = c.batch<double>("target");
  const auto target_float = c.batch<float>("target");
  check_loss_golden<double>(c, [&](auto p, auto d) { return l1(p, as_const(target), d); });
  check_loss_golden<float>(c, [&](auto p, auto d) { return l1(p, as_const(target_float), d); });
}

TEST_CASE("absolute error: derivative, errors, NaN") {
  const Matrix<double> x = normal_batch(70, 3, 1), target = normal_batch(70, 3, 2);
  check_loss_derivative(x, [&](auto p, auto d) { return l1(p, as_const(target), d); });
  const Matrix<float> four = Matrix<float>::Zero(1, 4), five = Matrix<float>::Zero(1, 5);
  check_loss_errors([&](auto p, auto d) { return l1(p, as_const(four), d); });
  CHECK_THROWS_AS(l1(as_const(four), as_const(five)), ShapeError);
}

TEST_CASE("absolute error averaged over the features is PyTorch's default") {
  const Golden c = load_golden("losses/l1")["mean"];
  const auto target = c.batch<double>("target");
  const auto target_float = c.batch<float>("target");
  check_loss_golden<double>(c, [&](auto p, auto d) { return l1_mean(p, as_const(target), d); });
  check_loss_golden<float>(c, [&](auto p, auto d) { return l1_mean(p, as_const(target_float), d); });
  const Matrix<double> x = normal_batch(70, 3, 1), other = normal_batch(70, 3, 2);
  check_loss_derivative(x, [&](auto p, auto d) { return l1_mean(p, as_const(other), d); });
  CHECK(
      near(70 * l1_mean(as_const(x), as_const(other)), l1(as_const(x), as_const(other)), tolerance::golden));
  CHECK_THROWS_AS(l1_mean(as_const(x), as_const(target)), ShapeError);
}
