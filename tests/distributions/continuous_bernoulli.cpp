#include "eigenerate/distributions/continuous_bernoulli.hpp"

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("ContinuousBernoulli agrees with PyTorch") {
  check_likelihood_goldens("distributions/continuous_bernoulli", ContinuousBernoulli{});
}

TEST_CASE("ContinuousBernoulli: derivative, errors, NaN") {
  check_likelihood_derivative(ContinuousBernoulli{}, 70);
  check_likelihood_errors(ContinuousBernoulli{});
  check_likelihood_propagates_nan(ContinuousBernoulli{});
}

TEMPLATE_TEST_CASE("ContinuousBernoulli: value and mean are accurate at any logit, the crossover too", "",
                   float, double) {
  using S = TestType;
  const long double unit = std::same_as<S, float> ? 0x1p-24L : 0x1p-53L;
  const ContinuousBernoulli p;
  long double worst_value = 0, worst_mean = 0;
  for (int i = -100000; i <= 100000; ++i) {
    const auto logit = static_cast<S>(0.001 * i);  // through zero, and ±1 where the series ends
    const long double l = logit, h = l / 2, z = h * h;
    const bool near = std::abs(h) < 0.02L;
    const long double bend = near ? h * (1.0L / 3 - z / 45 + 2 * z * z / 945) : 1 / std::tanh(h) - 1 / h;
    const long double normalizer =
        near ? z / 6 - z * z / 180 + z * z * z / 2835
             : std::abs(h) + std::log(-std::expm1(-2 * std::abs(h)) / (2 * std::abs(h)));
    worst_mean = std::max(worst_mean, std::abs(p.mean_of(logit) - (1 + bend) / 2));
    for (const S x : {S(0), S(0.25), S(1)})
      worst_value =
          std::max(worst_value, std::abs(p.log_probability_of(x, logit) - (l * (x - 0.5L) - normalizer)) /
                                    std::max(1.0L, std::abs(l)));
  }
  CAPTURE(worst_value / unit, worst_mean / unit);
  CHECK(worst_value <= 4 * unit);
  CHECK(worst_mean <= 4 * unit);
}

TEST_CASE("ContinuousBernoulli: moments of samples") {
  Matrix<float> logits(5, 1);
  logits << -200, -3, 0, 1e-4f, 8;
  Matrix<float> mean = poison<float>(5, 1);
  ContinuousBernoulli{}.mean(as_const(logits), as_view(mean));
  std::vector<double> means, variances;
  for (Index i = 0; i < 5; ++i) {
    // 1/l² − 1 / (4 sinh² (l/2)), the derivative of the mean.
    const double l = logits(i), s = 2 * std::sinh(l / 2);
    means.push_back(mean(i));
    variances.push_back(std::abs(l) < 0.01 ? 1.0 / 12 : 1 / (l * l) - 1 / (s * s));
  }
  check_sample_moments(ContinuousBernoulli{}, logits, means, variances, 9);
}

TEST_CASE("ContinuousBernoulli: samples have its distribution function") {
  const Index draws = 50000;
  for (const float logit : {-5.0f, 0.0f, 2.0f}) {
    const Matrix<float> logits = Matrix<float>::Constant(1, draws, logit);
    Matrix<float> x(1, draws);
    ContinuousBernoulli{}.sample(as_const(logits), RandomStream{3}, as_view(x));
    for (const double at : {0.1, 0.5, 0.9}) {
      const double below = logit == 0 ? at : std::expm1(at * logit) / std::expm1(logit);
      const double share = (x.array().cast<double>() < at).cast<double>().mean();
      CHECK(std::abs(share - below) <= 5 * std::sqrt(below * (1 - below) / static_cast<double>(draws)));
    }
  }
}
