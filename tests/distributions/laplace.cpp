#include "eigenerate/distributions/laplace.hpp"

#include <cmath>

#include "support/distribution_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Laplace agrees with PyTorch, whatever its scale") {
  const std::string file = "distributions/laplace";
  check_likelihood_goldens(file, Laplace{0.7}, "fixed");
  check_likelihood_goldens(file, Laplace{{.spread = Spread::shared}}, "shared");
  for (const Index channels : {0, 1, 3}) {
    const Laplace p{{.spread = Spread::per_feature, .channels = channels}};
    check_likelihood_goldens(file, p, channels == 0 ? "per feature" : channels == 1 ? "gray" : "color");
  }
}

TEST_CASE("Laplace: derivative, errors, NaN") {
  for (const Spread spread : {Spread::fixed, Spread::shared, Spread::per_feature}) {
    const Laplace p{{.spread = spread}};
    check_likelihood_derivative(p, 70);
    check_likelihood_errors(p);
    check_likelihood_propagates_nan(p);
  }
  check_likelihood_derivative(Laplace{{.spread = Spread::per_feature, .channels = 3}}, 60);
}

TEST_CASE("Laplace: the shapes of samples") {
  CHECK(Laplace{}.sample_shape({3, 4, 5}) == Shape{3, 4, 5});
  CHECK(Laplace{{.spread = Spread::shared}}.sample_shape({785}) == Shape{784});
  CHECK(Laplace{{.spread = Spread::per_feature}}.sample_shape({20}) == Shape{10});
  CHECK(Laplace{{.spread = Spread::per_feature, .channels = 3}}.sample_shape({6, 4, 5}) == Shape{3, 4, 5});
  CHECK_THROWS_AS((Laplace{{.spread = Spread::shared}}.sample_shape({2, 4, 5})), ShapeError);
  CHECK_THROWS_AS((Laplace{{.spread = Spread::shared}}.sample_shape({1})), ShapeError);
  CHECK_THROWS_AS(Laplace{{.spread = Spread::per_feature}}.sample_shape({21}), ShapeError);
  CHECK_THROWS_AS(Laplace{{.spread = Spread::per_feature}}.sample_shape({2, 4, 5}), ShapeError);
  CHECK_THROWS_AS((Laplace{{.spread = Spread::per_feature, .channels = 3}}.sample_shape({5, 4, 5})),
                  ShapeError);
  // 10 values are no pixels of three channels.
  const Matrix<float> x = Matrix<float>::Zero(10, 1), parameters = Matrix<float>::Zero(20, 1);
  Matrix<float> out(10, 1);
  float log_p = 0;
  const Laplace image{{.spread = Spread::per_feature, .channels = 3}};
  CHECK_THROWS_AS(image.log_probability(as_const(x), as_const(parameters), {&log_p, 1}), ShapeError);
  CHECK_THROWS_AS(image.mean(as_const(parameters), as_view(out)), ShapeError);
  CHECK_THROWS_AS(image.sample(as_const(parameters), RandomStream{}, as_view(out)), ShapeError);
}

TEST_CASE("Laplace: means and samples") {
  Matrix<float> vector(6, 1), shared(3, 1), mean = poison<float>(3, 1);
  vector << -2, 0, 5, -1, 0, 1;
  shared << -2, 5, 1;
  const Laplace of_vector{{.spread = Spread::per_feature}};
  of_vector.mean(as_const(vector), as_view(mean));
  CHECK(mean == vector.topRows(3));
  check_sample_moments(of_vector, vector, {-2, 0, 5}, {2 * std::exp(-2.0), 2, 2 * std::exp(2.0)}, 6);
  check_sample_moments(Laplace{{.spread = Spread::shared}}, shared, {-2, 5},
                       {2 * std::exp(2.0), 2 * std::exp(2.0)}, 6);
  check_sample_moments(Laplace{0.1}, Matrix<float>{{-2}, {5}}, {-2, 5}, {0.02, 0.02}, 6);
}

TEST_CASE("Laplace: the gradient is zero where x is the location") {
  const Matrix<double> x = Matrix<double>::Ones(2, 1);
  Matrix<double> d = poison(2, 1);
  const double weight = 1;
  Laplace{}.log_probability_backward(as_const(x), as_const(x), {&weight, 1}, as_view(d));
  CHECK(d.isZero(0));
}

TEST_CASE("Laplace: what validate refuses") {
  CHECK_NOTHROW(Laplace{}.validate());
  for (const double scale : {0.0, -1.0, 1e20, std::nan("")})
    CHECK_THROWS_AS(Laplace{scale}.validate(), ConfigError);
  CHECK_THROWS_AS(Laplace{{.channels = -1}}.validate(), ConfigError);
  CHECK_THROWS_AS((Laplace{{.min_log_scale = 2, .max_log_scale = 1}}.validate()), ConfigError);
}
