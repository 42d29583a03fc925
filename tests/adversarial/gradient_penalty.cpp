#include "eigenerate/adversarial/gradient_penalty.hpp"

#include <cmath>

#include "eigenerate/testing/allocation_guard.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the penalty as a function of input gradients: value, derivative, errors, NaN") {
  Matrix<double> g(2, 3);
  g << 3, 0.6, 0, 4, 0.8, 2;  // norms 5, 1, 2
  CHECK(near(GradientPenalty{}(as_const(g)), 10 * (16 + 0 + 1) / 3.0, tolerance::golden));
  CHECK(near(GradientPenalty{.weight = 2, .target = 0}(as_const(g)), 2 * (25 + 1 + 4) / 3.0,
             tolerance::golden));

  const GradientPenalty one_sided{.weight = 2, .one_sided = true};
  CHECK(near(one_sided(as_const(g)), 2 * (16 + 0 + 1) / 3.0, tolerance::golden));
  g.col(0) /= 6.25;  // norm 0.8
  CHECK(near(one_sided(as_const(g)), 2 * (0 + 0 + 1) / 3.0, tolerance::golden));
  Matrix<double> of_small = poison<double>(2, 3);
  one_sided(as_const(g), as_view(of_small));
  CHECK(of_small.col(0).isZero(0));

  const GradientPenalty mixed{.target = 8, .one_sided = true};  // about half of the norms of 70 numbers
  for (const GradientPenalty& penalty :
       {GradientPenalty{}, GradientPenalty{.weight = 0.5, .target = 0}, one_sided, mixed})
    check_loss_derivative(normal_batch(70, 3, 1), [&](auto x, auto v) { return penalty(x, v); });
  check_loss_errors([](auto x, auto v) { return GradientPenalty{}(x, v); });
}

TEMPLATE_TEST_CASE("the penalty at gradients that are zero or nearly so", "", float, double) {
  using S = TestType;
  Matrix<S> g = Matrix<S>::Zero(2, 2), v = poison<S>(2, 2);
  g(0, 1) = static_cast<S>(1e-30);  // its square is zero in float
  CHECK(near(GradientPenalty{}(as_const(g), as_view(v)), 10, tolerance::golden));
  CHECK(v.col(0) == Vector<S>::Zero(2));
  CHECK(std::abs(v(0, 1) + 10) <= S(1e-4));  // 2 · weight · (0 − 1) / B, along the unit vector
  CHECK(v(1, 1) == 0);
}

TEST_CASE("the penalty refuses hyper-parameters that cannot work") {
  CHECK_NOTHROW(GradientPenalty{}.validate());
  CHECK_THROWS_AS(GradientPenalty{.weight = -1}.validate(), ConfigError);
  CHECK_THROWS_AS(GradientPenalty{.target = std::nan("")}.validate(), ConfigError);
  CHECK_THROWS_AS(GradientPenalty{.every = 0}.validate(), ConfigError);
}

TEMPLATE_TEST_CASE("interpolated samples lie between their pair, by one uniform number per sample", "", float,
                   double) {
  using S = TestType;
  const Index samples = 999;  // not a multiple of the generator's four
  const Matrix<S> real = Matrix<S>::Constant(3, samples, S(2)), fake = Matrix<S>::Constant(3, samples, S(-1));
  const RandomStream random{3, Purpose::penalty};
  Matrix<S> x_hat = poison<S>(3, samples), again = x_hat;
  interpolate(as_const(real), as_const(fake), random, as_view(x_hat));
  interpolate(as_const(real), as_const(fake), random, as_view(again));
  CHECK(x_hat == again);

  Vector<S> u(samples);
  fill_uniform(u.data(), samples, random);
  for (Index j = 0; j < samples; ++j) {
    CHECK(x_hat(0, j) == x_hat(2, j));
    CHECK(std::abs(x_hat(0, j) - (3 * u(j) - 1)) <= S(1e-6));
  }
  interpolate(as_const(real), as_const(fake), random.at(1), as_view(again));
  CHECK(x_hat != again);

  Matrix<S> wrong(3, 5);
  CHECK_THROWS_AS(interpolate(as_const(real), as_const(fake), random, as_view(wrong)), ShapeError);
  CHECK_THROWS_AS(interpolate(as_const(real), as_const(wrong), random, as_view(x_hat)), ShapeError);
}

TEST_CASE(
    "the penalty as a function of input gradients allocates nothing and has the same bits on any threads") {
  const Matrix<float> x = normal_batch<float>(784, 128, 1, 3), y = normal_batch<float>(784, 128, 2);
  Matrix<float> v(784, 128);
  set_num_threads(1);
  const double one = GradientPenalty{}(as_const(x), as_view(v));
  set_num_threads(3);
  CHECK(one == GradientPenalty{}(as_const(x), as_view(v)));
  if (AllocationGuard::available()) {
    const AllocationGuard guard;
    GradientPenalty{}(as_const(x), as_view(v));
    interpolate(as_const(x), as_const(y), RandomStream{1}, as_view(v));
    CHECK(guard.count() == 0);
  }
  set_num_threads(0);
}
