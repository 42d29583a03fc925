#include "eigenerate/distributions/beta_binomial.hpp"

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("BetaBinomial agrees with PyTorch") {
  check_likelihood_goldens("distributions/beta_binomial", BetaBinomial{}, "vector");
  check_likelihood_goldens("distributions/beta_binomial", BetaBinomial{255, {.channels = 3}}, "color");
}

TEST_CASE("BetaBinomial: moments of samples, U-shaped and narrow ones too") {
  Matrix<float> parameters(8, 1);
  parameters << 0, 11, -4, 3, 0, 2, -4, 12;
  std::vector<double> means, variances;
  const double t = 255;
  for (Index i = 0; i < 4; ++i) {
    const double a = std::exp(static_cast<double>(parameters(i))),
                 b = std::exp(static_cast<double>(parameters(4 + i))), p = a / (a + b);
    means.push_back(t * p);
    variances.push_back(t * p * (1 - p) * (a + b + t) / (a + b + 1));
  }
  check_sample_moments(BetaBinomial{}, parameters, means, variances, 4);
}

TEST_CASE("BetaBinomial: equal probabilities, and clamped parameters") {
  // α = β = 1 makes all levels equal.
  for (const double level : {0.0, 9.0, 255.0}) {
    const Matrix<double> x{{level}}, parameters = Matrix<double>::Zero(2, 1);
    double log_p = 0;
    BetaBinomial{}.log_probability(as_const(x), as_const(parameters), {&log_p, 1});
    CHECK(std::abs(log_p + std::log(256.0)) <= 1e-11);
  }
  const Matrix<double> x{{5}}, far{{33}, {-3}}, end{{30}, {-3}};
  double at_far = 0, at_end = 0;
  const double weight = 1;
  Matrix<double> d = poison(2, 1);
  BetaBinomial{}.log_probability(as_const(x), as_const(end), {&at_end, 1});
  BetaBinomial{}.log_probability_with_backward(as_const(x), as_const(far), {&weight, 1}, {&at_far, 1},
                                               as_view(d));
  CHECK(at_far == at_end);
  CHECK(d(0) == 0);
  CHECK(d(1) != 0);
}

TEST_CASE(
    "BetaBinomial: large parameters keep their digits, on both sides of where Stirling's series begins") {
  const BetaBinomial p{255};
  for (const double log_a : {-20.0, 1.0, 4.6, 4.61, 7.0, 15.0, 25.0})
    for (const double log_b : {-20.0, 1.0, 4.6, 4.61, 7.0, 15.0, 25.0})
      for (const int level : {0, 1, 100, 255}) {
        CAPTURE(log_a, log_b, level);
        const Matrix<double> x{{static_cast<double>(level)}}, parameters{{log_a}, {log_b}};
        const double weight = 1;
        double got = 0;
        Matrix<double> d = poison(2, 1);
        p.log_probability_with_backward(as_const(x), as_const(parameters), {&weight, 1}, {&got, 1},
                                        as_view(d));
        // Products of as many factors as there are trials, in long double.
        const long double a = std::exp(static_cast<long double>(log_a)),
                          b = std::exp(static_cast<long double>(log_b));
        long double exact = 0, by_a = 0, by_b = 0, size = 0;
        for (int i = 0; i < 255; ++i) {
          const long double factor = i < level ? a + i : b + (i - level);
          exact += std::log(factor) - std::log(a + b + i);
          size += std::abs(std::log(factor)) + std::abs(std::log(a + b + i));
          (i < level ? by_a : by_b) += (i < level ? a : b) / factor;
          by_a -= a / (a + b + i);
          by_b -= b / (a + b + i);
          if (i < level) exact += std::log((255.0L - i) / (i + 1));
        }
        CHECK(std::abs(got - exact) <= 1e-14L * (size + 1000));
        CHECK(std::abs(d(0) - by_a) <= 1e-12L);
        CHECK(std::abs(d(1) - by_b) <= 1e-12L);
      }
}

TEST_CASE("BetaBinomial: shapes, and what is refused") {
  CHECK(BetaBinomial{}.sample_shape({20}) == Shape{10});
  CHECK(BetaBinomial{255, {.channels = 1}}.sample_shape({2, 4, 5}) == Shape{1, 4, 5});
  CHECK_THROWS_AS(BetaBinomial{}.sample_shape({2, 4, 5}), ShapeError);
  CHECK_THROWS_AS((BetaBinomial{255, {.channels = 1}}.sample_shape({3, 4, 5})), ShapeError);
  CHECK_NOTHROW(BetaBinomial{1}.validate());
  CHECK_THROWS_AS(BetaBinomial{0}.validate(), ConfigError);
  CHECK_THROWS_AS((BetaBinomial{255, {.channels = -1}}.validate()), ConfigError);
  CHECK_THROWS_AS((BetaBinomial{255, {.max_log = 41}}.validate()), ConfigError);
}
