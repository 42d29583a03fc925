#include "eigenerate/distributions/discretized_logistic_mixture.hpp"

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("DiscretizedLogisticMixture agrees with PyTorch") {
  check_likelihood_goldens("distributions/discretized_logistic_mixture", DiscretizedLogisticMixture{3});
}

TEMPLATE_TEST_CASE("DiscretizedLogisticMixture: bins far from the mean, and narrow ones, keep their digits",
                   "", float, double) {
  using S = TestType;
  const double tolerance = 40 * static_cast<double>(std::numeric_limits<S>::epsilon());
  const DiscretizedLogisticMixture p{1};
  for (const double mean : {-1.0, -0.2, 0.9})
    for (const double log_scale : {-7.0, -3.0, 0.0, 8.0})
      for (const int level : {0, 1, 100, 254, 255}) {
        CAPTURE(mean, log_scale, level);
        const Matrix<S> x{{static_cast<S>(level)}};
        Matrix<S> parameters(3, 1);
        parameters << S(0.3), static_cast<S>(mean), static_cast<S>(log_scale);
        S got = 0;
        p.log_probability(as_const(x), as_const(parameters), {&got, 1});
        // By the tail on the side of the mean on which nothing cancels, in long double.
        const long double m = parameters(1), n = std::exp(-static_cast<long double>(parameters(2))),
                          v = 2.0L * level / 255 - 1, w = 2 * n / 255;
        const long double a = (v - m) * n + w / 2, b = a - w, far = v > m ? b : -a;  // far: the nearer end
        const long double tail = -std::max(far, 0.0L) - std::log1p(std::exp(-std::abs(far)));
        // σ(a) − σ(b) = σ(−far) − σ(−far − w) = σ(−far) (1 − e⁻ʷ) / (1 + e^(−far − w))
        const long double middle = tail + std::log(-std::expm1(-w)) - std::log1p(std::exp(-far - w));
        const auto log_sigmoid = [](long double z) {
          return std::min(z, 0.0L) - std::log1p(std::exp(-std::abs(z)));
        };
        const long double exact = level == 0 ? log_sigmoid(a) : level == 255 ? log_sigmoid(-b) : middle;
        // Of the magnitudes that a and b have.
        CHECK(std::abs(got - exact) <= tolerance * (1 + std::abs(a) + std::abs(b)));
      }
}

TEST_CASE("DiscretizedLogisticMixture: samples have its probabilities") {
  const Index draws = 50000;
  const DiscretizedLogisticMixture p{2, 4};
  Matrix<float> parameters(6, 1);
  parameters << 0.5f, -0.5f, -0.8f, 0.5f, -1, -2;
  const Matrix<float> repeated = parameters.replicate(1, draws);
  Matrix<float> x(1, draws);
  p.sample(as_const(repeated), RandomStream{3}, as_view(x));
  for (int level = 0; level < 4; ++level) {
    const Matrix<float> value{{static_cast<float>(level)}};
    float log_p = 0;
    p.log_probability(as_const(value), as_const(parameters), {&log_p, 1});
    const double mass = std::exp(static_cast<double>(log_p)),
                 share = (x.array() == static_cast<float>(level)).cast<double>().mean();
    CAPTURE(level, mass);
    CHECK(std::abs(share - mass) <= 5 * std::sqrt(mass * (1 - mass) / static_cast<double>(draws)));
  }
}

TEST_CASE("DiscretizedLogisticMixture: shapes, and what is refused") {
  CHECK(DiscretizedLogisticMixture{10}.sample_shape({30, 4, 5}) == Shape{1, 4, 5});
  CHECK_THROWS_AS(DiscretizedLogisticMixture{10}.sample_shape({29, 4, 5}), ShapeError);
  CHECK_NOTHROW(DiscretizedLogisticMixture{}.validate());
  CHECK_THROWS_AS(DiscretizedLogisticMixture{0}.validate(), ConfigError);
  CHECK_THROWS_AS(DiscretizedLogisticMixture{65}.validate(), ConfigError);
  CHECK_THROWS_AS((DiscretizedLogisticMixture{2, 1}.validate()), ConfigError);
  CHECK_THROWS_AS((DiscretizedLogisticMixture{2, 256, {.min_log_scale = 11}}.validate()), ConfigError);
  const Matrix<float> x = Matrix<float>::Zero(1, 1), parameters = Matrix<float>::Zero(300, 1);
  std::vector<float> out(1);
  CHECK_THROWS_AS(
      DiscretizedLogisticMixture{100}.log_probability(as_const(x), as_const(parameters), numbers(out)),
      ConfigError);
}
