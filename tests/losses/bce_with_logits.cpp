#include "eigenerate/losses/bce_with_logits.hpp"

#include "eigenerate/distributions/bernoulli.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

template <Scalar S>
void check_case(const Golden& c) {
  if (c.contains("scalar_target")) {
    const double target = c.number("scalar_target");
    check_loss_golden<S>(c, [&](auto l, auto d) { return bce_with_logits(l, target, d); });
  } else {
    const auto target = c.batch<S>("target");
    check_loss_golden<S>(c, [&](auto l, auto d) { return bce_with_logits(l, as_const(target), d); });
  }
}

}  // namespace

TEST_CASE("binary cross-entropy agrees with PyTorch") {
  for (const Golden& c : load_golden("losses/bce_with_logits").cases()) {
    check_case<double>(c);
    check_case<float>(c);
  }
}

TEST_CASE("binary cross-entropy: derivative, errors, NaN") {
  const Matrix<double> logits = normal_batch(70, 3, 1, 2), targets = uniform_batch(70, 3, 2);
  check_loss_derivative(logits, [&](auto l, auto d) { return bce_with_logits(l, as_const(targets), d); });
  check_loss_derivative(logits, [&](auto l, auto d) { return bce_with_logits(l, 0.9, d); });
  check_loss_errors([](auto l, auto d) { return bce_with_logits(l, 1.0, d); });
  const Matrix<float> four = Matrix<float>::Zero(1, 4), five = Matrix<float>::Zero(1, 5);
  check_loss_errors([&](auto l, auto d) { return bce_with_logits(l, as_const(four), d); });
  CHECK_THROWS_AS(bce_with_logits(as_const(four), as_const(five)), ShapeError);
}

TEST_CASE("binary cross-entropy of a batch of digits is the mean of the negative log-probabilities") {
  const Matrix<float> logits = normal_batch<float>(784, 100, 1, 3),
                      targets = uniform_batch<float>(784, 100, 2);
  std::vector<float> log_probability(100);
  Bernoulli{}.log_probability(as_const(targets), as_const(logits), log_probability);
  double mean = 0;
  for (const float value : log_probability) mean -= static_cast<double>(value) / 100;
  CHECK(near(bce_with_logits(as_const(logits), as_const(targets)), mean, tolerance::golden_float));
}
