#include "eigenerate/distributions/categorical.hpp"

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Categorical agrees with PyTorch") {
  check_likelihood_goldens("distributions/categorical", Categorical{5});
}

TEST_CASE("Categorical: any finite logits are safe") {
  const Matrix<float> logits{{1e4f}, {-1e4f}, {0}, {-1e4f}, {-1e4f}, {-1e4f}};
  Matrix<float> d = poison<float>(6, 1);
  float log_p = 0;
  const float weight = 1;
  const Matrix<float> likely{{0}, {1}}, unlikely{{1}, {2}};
  const Categorical p{3};
  p.log_probability(as_const(likely), as_const(logits), {&log_p, 1});
  CHECK(std::abs(log_p + std::log(3.0f)) <= 1e-6f);
  p.log_probability_with_backward(as_const(unlikely), as_const(logits), {&weight, 1}, {&log_p, 1},
                                  as_view(d));
  CHECK(std::abs(log_p / (-2e4f) - 1) <= 1e-4f);
  CHECK(d.topRows(3) == Matrix<float>{{-1}, {1}, {0}});
}

TEST_CASE("Categorical: samples have the logits' probabilities") {
  const Index draws = 50000;
  Matrix<float> logits(4, 1);
  logits << 200, 201, -50, 199;
  const Matrix<float> repeated = logits.replicate(1, draws);
  Matrix<float> x(1, draws);
  Categorical{4}.sample(as_const(repeated), RandomStream{3}, as_view(x));
  const double total = 1 + std::exp(1.0) + std::exp(-1.0);
  for (const auto& [level, mass] : {std::pair{0, 1.0}, {1, std::exp(1.0)}, {2, 0.0}, {3, std::exp(-1.0)}}) {
    const double share = (x.array() == static_cast<float>(level)).cast<double>().mean(), p = mass / total;
    CHECK(std::abs(share - p) <= 5 * std::sqrt(p * (1 - p) / static_cast<double>(draws)));
  }
}

TEST_CASE("Categorical: shapes, and what is refused") {
  CHECK(Categorical{256}.sample_shape({768, 4, 5}) == Shape{3, 4, 5});
  CHECK(Categorical{256}.sample_shape({512}) == Shape{2});
  CHECK_THROWS_AS(Categorical{256}.sample_shape({255, 4, 5}), ShapeError);
  CHECK_THROWS_AS(Categorical{1}.validate(), ConfigError);
  CHECK_NOTHROW(Categorical{2}.validate());
}

TEST_CASE("Categorical: a value that is no number is no level, and spoils its own column") {
  Matrix<float> x = Matrix<float>::Zero(2, 2);
  x(1, 0) = std::numeric_limits<float>::quiet_NaN();
  const Matrix<float> logits = Matrix<float>::Zero(6, 2);
  float log_p[2];
  Categorical{3}.log_probability(as_const(x), as_const(logits), log_p);
  CHECK(std::isnan(log_p[0]));
  CHECK(!std::isnan(log_p[1]));
}
