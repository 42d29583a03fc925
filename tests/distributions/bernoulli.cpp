#include "eigenerate/distributions/bernoulli.hpp"

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Bernoulli agrees with PyTorch") {
  check_likelihood_goldens("distributions/bernoulli", Bernoulli{});
}

TEST_CASE("Bernoulli: derivative, errors, NaN") {
  check_likelihood_derivative(Bernoulli{}, 70);
  check_likelihood_errors(Bernoulli{});
  check_likelihood_propagates_nan(Bernoulli{});
}

TEMPLATE_TEST_CASE("Bernoulli: every term is accurate at any logit", "", float, double) {
  // 4 roundings of max(1, |l|), as the docstring promises; the reference is evaluated in long double.
  const double unit = std::same_as<TestType, float> ? 0x1p-24 : 0x1p-53;
  double worst = 0;
  for (int i = -4000; i <= 4000; ++i) {
    const auto logit = static_cast<TestType>(0.025 * i);
    for (const TestType x : {TestType(0), TestType(0.25), TestType(1)}) {
      Matrix<TestType> value(1, 1), parameter(1, 1);
      value(0) = x;
      parameter(0) = logit;
      TestType got, weight = 1;
      Bernoulli{}.log_probability(as_const(value), as_const(parameter), {&got, 1});
      const long double l = logit, exact = x * l - std::max(l, 0.0L) - std::log1p(std::exp(-std::abs(l)));
      worst = std::max(worst, static_cast<double>(std::abs(got - exact) / std::max(1.0L, std::abs(l))));

      Matrix<TestType> d(1, 1);
      Bernoulli{}.log_probability_backward(as_const(value), as_const(parameter), {&weight, 1}, as_view(d));
      worst = std::max(worst, static_cast<double>(std::abs(d(0) - (x - 1 / (1 + std::exp(-l))))));
    }
  }
  CAPTURE(worst / unit);
  CHECK(worst <= 4 * unit);
}

TEST_CASE("Bernoulli: extreme logits stay exact") {
  for (const float logit : {-1e4f, -88.0f, 88.0f, 1e4f}) {
    CAPTURE(logit);
    const Matrix<float> parameter = Matrix<float>::Constant(1, 1, logit);
    for (const float x : {0.0f, 1.0f}) {
      const Matrix<float> value = Matrix<float>::Constant(1, 1, x);
      float got = 0;
      Bernoulli{}.log_probability(as_const(value), as_const(parameter), {&got, 1});
      const float wrong_side = (x == 1) == (logit > 0) ? 0.0f : -std::abs(logit);
      CHECK(std::abs(got - wrong_side) <= 1e-30f);
    }
  }
}

TEST_CASE("Bernoulli: samples are binary and as probable as they should be") {
  Matrix<float> logits(3, 1);
  logits << -3, 0, 1;
  std::vector<double> mean, variance;
  for (Index i = 0; i < 3; ++i) {
    const double p = 1 / (1 + std::exp(-static_cast<double>(logits(i))));
    mean.push_back(p);
    variance.push_back(p * (1 - p));
  }
  check_sample_moments(Bernoulli{}, logits, mean, variance, 1 / variance[0]);

  Matrix<float> parameters = normal_batch<float>(20, 30, 4), samples = poison<float>(20, 30);
  parameters.row(0).setConstant(-50);
  parameters.row(1).setConstant(50);
  Bernoulli{}.sample(as_const(parameters), RandomStream{3}, as_view(samples));
  CHECK((samples.array() == 0 || samples.array() == 1).all());
  CHECK(samples.row(0).sum() == 0);
  CHECK(samples.row(1).sum() == 30);
}
