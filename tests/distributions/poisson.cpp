#include "eigenerate/distributions/poisson.hpp"

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Poisson agrees with PyTorch") {
  check_likelihood_goldens("distributions/poisson", Poisson{});
}

TEST_CASE("Poisson: mean and variance of samples are the rate") {
  Matrix<float> log_rates(6, 1);
  std::vector<double> rates;
  for (Index i = 0; const double rate : {1e-6, 0.3, 1.0, 7.5, 200.0, 5e4}) {
    log_rates(i++) = static_cast<float>(std::log(rate));
    rates.push_back(std::exp(static_cast<double>(log_rates(i - 1))));
  }
  check_sample_moments(Poisson{}, log_rates.bottomRows(5), {rates.begin() + 1, rates.end()},
                       {rates.begin() + 1, rates.end()}, 3 + 1 / 0.3);
  Matrix<float> rare = Matrix<float>::Constant(1, 1000, log_rates(0)), x(1, 1000);
  Poisson{}.sample(as_const(rare), RandomStream{1}, as_view(x));
  CHECK(x.sum() <= 2);
}

TEST_CASE("Poisson: extreme rates end, and NaN stays") {
  Matrix<float> log_rates(1, 4), x(1, 4);
  log_rates << -200, 300, 1000, std::numeric_limits<float>::quiet_NaN();
  Poisson{}.sample(as_const(log_rates), RandomStream{1}, as_view(x));
  CHECK(x(0) == 0);
  CHECK(std::abs(x(1) / 0x1p24f - 1) < 0.01f);
  CHECK(std::abs(x(2) / 0x1p24f - 1) < 0.01f);
  CHECK(std::isnan(x(3)));
}
