#include "eigenerate/distributions/normal.hpp"

#include <cmath>

#include "support/distribution_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Normal agrees with PyTorch, whatever its scale") {
  const std::string file = "distributions/normal";
  check_likelihood_goldens(file, Normal{0.7}, "fixed");
  check_likelihood_goldens(file, Normal{{.spread = Spread::shared, .scale = Scale::log_deviation}}, "shared");
  for (const Index channels : {0, 1, 3}) {
    const Normal p{{.spread = Spread::per_feature, .scale = Scale::log_deviation, .channels = channels}};
    check_likelihood_goldens(file, p, channels == 0 ? "per feature" : channels == 1 ? "gray" : "color");
  }
}

TEST_CASE("Normal: derivative, errors, NaN") {
  for (const Spread spread : {Spread::fixed, Spread::shared, Spread::per_feature}) {
    const Normal p{{.spread = spread}};
    check_likelihood_derivative(p, 70);
    check_likelihood_derivative(p, 300);  // more than one block
    check_likelihood_errors(p);
    check_likelihood_propagates_nan(p);
  }
  check_likelihood_derivative(Normal{{.spread = Spread::per_feature, .channels = 3}}, 300);
}

TEST_CASE("Normal: the shapes of samples") {
  CHECK(Normal{}.sample_shape({3, 4, 5}) == Shape{3, 4, 5});
  CHECK(Normal{{.spread = Spread::shared}}.sample_shape({785}) == Shape{784});
  CHECK(Normal{{.spread = Spread::per_feature}}.sample_shape({20}) == Shape{10});
  CHECK(Normal{{.spread = Spread::per_feature, .channels = 3}}.sample_shape({6, 4, 5}) == Shape{3, 4, 5});
  CHECK_THROWS_AS((Normal{{.spread = Spread::shared}}.sample_shape({2, 4, 5})), ShapeError);
  CHECK_THROWS_AS((Normal{{.spread = Spread::shared}}.sample_shape({1})), ShapeError);
  CHECK_THROWS_AS(Normal{{.spread = Spread::per_feature}}.sample_shape({21}), ShapeError);
  CHECK_THROWS_AS(Normal{{.spread = Spread::per_feature}}.sample_shape({2, 4, 5}), ShapeError);
  CHECK_THROWS_AS((Normal{{.spread = Spread::per_feature, .channels = 3}}.sample_shape({5, 4, 5})),
                  ShapeError);
  // 10 values are no pixels of three channels.
  const Matrix<float> x = Matrix<float>::Zero(10, 1), parameters = Matrix<float>::Zero(20, 1);
  Matrix<float> out(10, 1);
  float log_p = 0;
  const Normal image{{.spread = Spread::per_feature, .channels = 3}};
  CHECK_THROWS_AS(image.log_probability(as_const(x), as_const(parameters), {&log_p, 1}), ShapeError);
  CHECK_THROWS_AS(image.mean(as_const(parameters), as_view(out)), ShapeError);
  CHECK_THROWS_AS(image.sample(as_const(parameters), RandomStream{}, as_view(out)), ShapeError);
}

TEST_CASE("Normal: means, samples and clamped scales") {
  Matrix<float> vector(6, 1), image(6, 1), shared(4, 1), mean = poison<float>(3, 1);
  vector << -2, 0, 5, -4, 0, 1;
  image << -2, -4, 0, 0, 5, 1;
  shared << -2, 0, 5, 1;
  const std::vector<double> means{-2, 0, 5}, variances{std::exp(-4.0), 1, std::exp(1.0)};
  const Normal of_vector{{.spread = Spread::per_feature}},
      of_image{{.spread = Spread::per_feature, .channels = 1}}, of_shared{{.spread = Spread::shared}};
  for (const auto& [p, parameters] : {std::pair{of_vector, vector}, {of_image, image}, {of_shared, shared}}) {
    p.mean(as_const(parameters), as_view(mean));
    CHECK(mean == Matrix<float>{{-2}, {0}, {5}});
  }
  check_sample_moments(of_vector, vector, means, variances, 3);
  check_sample_moments(of_image, image, means, variances, 3);
  check_sample_moments(of_shared, shared, means, std::vector(3, std::exp(1.0)), 3);
  check_sample_moments(Normal{0.1}, Matrix<float>{{-2}, {5}}, {-2, 5}, {0.01, 0.01}, 3);

  CHECK(Normal{}.clamped_share(as_const(vector)) == 0);
  Normal narrow{{.spread = Spread::per_feature, .min_log_variance = -1, .max_log_variance = 0.5}};
  CHECK(std::abs(narrow.clamped_share(as_const(vector)) - 2.0 / 3) < 1e-15);
  narrow.options.channels = 1;
  CHECK(std::abs(narrow.clamped_share(as_const(image)) - 2.0 / 3) < 1e-15);
  narrow.options.spread = Spread::shared;
  CHECK(narrow.clamped_share(as_const(shared)) == 1);
}

TEST_CASE("Normal has the numbers of UnitNormal and DiagonalNormal") {
  const Matrix<double> x = normal_batch(6, 4, 1), means = normal_batch(6, 4, 2),
                       both = normal_batch(12, 4, 3);
  Matrix<double> a(1, 4), b(1, 4);
  Normal{}.log_probability(as_const(x), as_const(means), numbers(a));
  UnitNormal{}.log_probability(as_const(x), as_const(means), numbers(b));
  CHECK(relative_error(a, b) <= tolerance::golden);
  Normal{{.spread = Spread::per_feature}}.log_probability(as_const(x), as_const(both), numbers(a));
  DiagonalNormal{}.log_probability(as_const(x), as_const(both), numbers(b));
  CHECK(relative_error(a, b) <= tolerance::golden);
}

TEST_CASE("Normal: what validate refuses") {
  CHECK_NOTHROW(Normal{}.validate());
  for (const double deviation : {0.0, -1.0, 1e20, std::nan("")})
    CHECK_THROWS_AS(Normal{deviation}.validate(), ConfigError);
  CHECK_THROWS_AS(Normal{{.channels = -1}}.validate(), ConfigError);
  CHECK(support::message_of<ConfigError>([] {
          Normal{{.min_log_variance = 2, .max_log_variance = 1}}.validate();
        }) == "Normal: expected -80 <= min_log_variance < max_log_variance <= 80, got 2 and 1");
}
