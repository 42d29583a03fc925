// Values outside a support are refused wherever a distribution or a loss is given data.

#include "eigenerate/distributions/require_support.hpp"

#include <limits>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/losses/losses.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEMPLATE_TEST_CASE("every likelihood refuses values that it gives no probability", "[support]", float,
                   double) {
  using S = TestType;
  int bounded = 0;
  const auto check = [&](const AnyLikelihood<S>& p) {
    const ValueRange support = p.support();
    if (support == ValueRange::everything()) return;
    ++bounded;
    const Index n = 5;
    const Matrix<S> parameters = Matrix<S>::Zero(p.parameter_rows(n), 2);
    Matrix<S> d(parameters.rows(), 2);
    S out[2] = {}, weights[2] = {S(1), S(1)};
    const auto attempt = [&](const Matrix<S>& x) {
      const std::string value = support::message_of<ConfigError>(
          [&] { p.log_probability(as_const(x), as_const(parameters), out); });
      const std::string backward = support::message_of<ConfigError>(
          [&] { p.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(d)); });
      const std::string both = support::message_of<ConfigError>([&] {
        p.log_probability_with_backward(as_const(x), as_const(parameters), weights, out, as_view(d));
      });
      CHECK(value == backward);
      CHECK(value == both);
      return value;
    };
    Matrix<S> x = Matrix<S>::Constant(n, 2, static_cast<S>(support.low));
    CHECK(attempt(x).empty());
    x(3, 1) = static_cast<S>(support.high);
    CHECK(attempt(x).empty());
    for (const double wrong : {support.low - 0.5, support.high + 0.5, support.high + 254}) {
      x(4, 0) = static_cast<S>(wrong);
      const std::string message = attempt(x);
      INFO(message);
      CHECK(support::contains(message, std::string(p.kind())));
      CHECK(support::contains(message, to_string(support)));
      CHECK(support::contains(message, fmt::format("{:g}", wrong)));
    }
    // The guards against divergence name these better.
    for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity()}) {
      x(4, 0) = bad;
      CHECK(attempt(x).empty());
    }
  };
  for (const AnyLikelihood<S>& likelihood :
       {AnyLikelihood<S>(Bernoulli{}), AnyLikelihood<S>(ContinuousBernoulli{}),
        AnyLikelihood<S>(UnitNormal{}), AnyLikelihood<S>(DiagonalNormal{}), AnyLikelihood<S>(Normal{}),
        AnyLikelihood<S>(Laplace{}), AnyLikelihood<S>(Categorical{3}), AnyLikelihood<S>(BetaBinomial{}),
        AnyLikelihood<S>(DiscretizedLogisticMixture{2})})
    check(likelihood);
  CHECK(bounded == 5);
}

TEMPLATE_TEST_CASE("values between integers are refused where there are none", "[support]", float, double) {
  using S = TestType;
  const auto message = [](const AnyLikelihood<S>& p, S value) {
    const Matrix<S> parameters = Matrix<S>::Zero(p.parameter_rows(3), 1), x{{S(1)}, {S(0)}, {value}};
    S out = 0;
    return support::message_of<ConfigError>([&] {
      p.log_probability(as_const(x), as_const(parameters), {&out, 1});
    });
  };
  CHECK(message(BetaBinomial{}, S(255)).empty());
  CHECK(message(BetaBinomial{}, S(0.5)) ==
        "BetaBinomial: expected integers in [0, 255], got values in [0, 1], not all of them integers");
  CHECK(message(BetaBinomial{}, S(256)) ==
        "BetaBinomial: expected integers in [0, 255], got values in [0, 256]");
  CHECK(message(Categorical{3}, S(1.25)) ==
        "Categorical: expected integers in [0, 2], got values in [0, 1.25], not all of them integers");
  CHECK(message(Poisson{}, S(1e6)).empty());
  CHECK(message(Poisson{}, S(-1)) == "Poisson: expected integers in [0, …], got values in [-1, 1]");
  CHECK(message(Poisson{}, S(0.5)) ==
        "Poisson: expected integers in [0, …], got values in [0, 1], not all of them integers");
}

TEMPLATE_TEST_CASE("losses refuse targets outside their support", "[support]", float, double) {
  using S = TestType;
  const Matrix<S> logits = Matrix<S>::Zero(3, 2);
  Matrix<S> targets = Matrix<S>::Constant(3, 2, S(1));
  CHECK(support::message_of<ConfigError>([&] {
          bce_with_logits(as_const(logits), as_const(targets));
        }).empty());
  targets(2, 1) = S(-1);
  CHECK(support::message_of<ConfigError>([&] { bce_with_logits(as_const(logits), as_const(targets)); }) ==
        "bce_with_logits: expected values in [0, 1], got values in [-1, 1]");
  CHECK(support::message_of<ConfigError>([&] { bce_with_logits(as_const(logits), 255.0); }) ==
        "bce_with_logits: expected values in [0, 1], got values in [255, 255]");
}
