#pragma once
// What every likelihood is checked for: PyTorch's numbers, and its derivative against central differences.

#include <vector>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

namespace eigenerate::testing {

/// Σ weight[j] · log-probability of pair j.
template <class Distribution>
double weighted_log_probability(const Distribution& distribution, const Matrix<double>& x,
                                const Matrix<double>& parameters, const std::vector<double>& weights) {
  std::vector<double> log_probability(weights.size());
  distribution.log_probability(as_const(x), as_const(parameters), log_probability);
  double sum = 0;
  for (std::size_t j = 0; j < weights.size(); ++j) sum += weights[j] * log_probability[j];
  return sum;
}

/// Every case of a golden file: `log_probability` and `log_probability_backward` in scalar S.
template <Scalar S, class Distribution>
void check_likelihood_golden(const std::string& file, const Distribution& distribution, double tolerance,
                             const std::string& which = "") {
  int cases = 0;
  for (const Golden& c : load_golden(file).cases()) {
    CAPTURE(c.path());
    if (c.name().rfind(which, 0) != 0) continue;
    ++cases;
    const auto x = c.batch<S>("x"), parameters = c.batch<S>("parameters");
    const auto expected = c.batch<double>("log_probability");
    const auto weights = c.list<S>("weights");
    REQUIRE(distribution.parameter_rows(x.rows()) == parameters.rows());

    Matrix<S> log_probability = poison<S>(1, expected.cols());
    distribution.log_probability(as_const(x), as_const(parameters), numbers(log_probability));
    for (Index j = 0; j < expected.cols(); ++j) {
      CAPTURE(j);
      CHECK(relative_error(log_probability.col(j), expected.col(j)) <= tolerance);
    }

    Matrix<S> d_parameters = poison<S>(parameters.rows(), parameters.cols());
    distribution.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(d_parameters));
    CHECK(relative_error(d_parameters, c.batch<double>("d_parameters")) <= tolerance);
    if (c.contains("mean")) {
      const auto mean = c.batch<double>("mean");
      Matrix<S> got = poison<S>(mean.rows(), mean.cols());
      distribution.mean(as_const(parameters), as_view(got));
      CHECK(relative_error(got, mean) <= tolerance);
    }
  }
  CHECK(cases > 0);
}

/// The same for both scalars, and for the cases whose name begins with `which` alone.
template <class Distribution>
void check_likelihood_goldens(const std::string& file, const Distribution& distribution,
                              const std::string& which = "") {
  check_likelihood_golden<double>(file, distribution, tolerance::golden, which);
  check_likelihood_golden<float>(file, distribution, tolerance::golden_float, which);
}

/// The derivative for one column each, for several x per column of parameters and the reverse.
template <class Distribution>
void check_likelihood_derivative(const Distribution& distribution, Index features) {
  for (const auto& [x_columns, parameter_columns] : {std::pair<Index, Index>{3, 3}, {2, 6}, {6, 2}}) {
    CAPTURE(x_columns, parameter_columns);
    const Matrix<double> x = uniform_batch(features, x_columns, 1);
    Matrix<double> parameters = normal_batch(distribution.parameter_rows(features), parameter_columns, 2, 2);
    const Matrix<double> w = normal_batch(1, std::max(x_columns, parameter_columns), 3);
    const std::vector<double> weights(w.data(), w.data() + w.size());

    Matrix<double> analytic = poison(parameters.rows(), parameters.cols());
    distribution.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(analytic));
    const auto numeric =
        central_differences([&] { return weighted_log_probability(distribution, x, parameters, weights); },
                            parameters.data(), parameters.size());
    CHECK(relative_error(analytic, numeric) <= tolerance::derivative);
  }
}

/// Mean and variance of many draws of each feature of one column of parameters, within five standard errors
/// of what they should be; the kurtosis bounds that of the variance.
template <class Distribution>
void check_sample_moments(const Distribution& distribution, const Matrix<float>& parameters,
                          const std::vector<double>& mean, const std::vector<double>& variance,
                          double kurtosis) {
  const Index draws = 100000;
  const Matrix<float> repeated = parameters.replicate(1, draws);
  Matrix<float> samples = poison<float>(static_cast<Index>(mean.size()), draws);
  distribution.sample(as_const(repeated), RandomStream{11, Purpose::sampling}, as_view(samples));
  for (std::size_t i = 0; i < mean.size(); ++i) {
    CAPTURE(i);
    const Eigen::ArrayXd values = samples.row(static_cast<Index>(i)).cast<double>().array();
    const double n = static_cast<double>(draws), got = values.mean();
    CHECK(std::abs(got - mean[i]) <= 5 * std::sqrt(variance[i] / n));
    const double spread = (values - mean[i]).square().mean();
    CHECK(std::abs(spread - variance[i]) <= 5 * variance[i] * std::sqrt((kurtosis - 1) / n));
  }
}

/// What is refused, for any likelihood.
template <class Distribution>
void check_likelihood_errors(const Distribution& distribution) {
  const Index rows = distribution.parameter_rows(4);
  const Matrix<float> x = Matrix<float>::Zero(4, 6), parameters = Matrix<float>::Zero(rows, 6);
  std::vector<float> out(6), weights(6);
  const auto log_probability = [&](const Matrix<float>& a, const Matrix<float>& b) {
    distribution.log_probability(as_const(a), as_const(b), out);
  };
  CHECK_NOTHROW(log_probability(x, parameters));
  CHECK_THROWS_AS(log_probability(x, Matrix<float>::Zero(rows + 1, 6)), ShapeError);
  CHECK_THROWS_AS(log_probability(x, Matrix<float>::Zero(rows, 4)), ShapeError);
  CHECK_THROWS_AS(log_probability(x, Matrix<float>::Zero(rows, 0)), ShapeError);

  Matrix<float> wrong(rows, 5);
  CHECK_THROWS_AS(
      distribution.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(wrong)),
      ShapeError);
  std::vector<float> fewer(5);
  Matrix<float> d(rows, 6);
  CHECK_THROWS_AS(distribution.log_probability(as_const(x), as_const(parameters), fewer), ShapeError);
  CHECK_THROWS_AS(distribution.log_probability_backward(as_const(x), as_const(parameters), fewer, as_view(d)),
                  ShapeError);
  CHECK_THROWS_AS(distribution.mean(as_const(parameters), as_view(wrong)), ShapeError);
  CHECK_THROWS_AS(distribution.sample(as_const(parameters), RandomStream{}, as_view(wrong)), ShapeError);
}

/// A NaN on either side makes its own column's log-probability NaN, and no other's.
template <class Distribution>
void check_likelihood_propagates_nan(const Distribution& distribution) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (Index row = 0; row < distribution.parameter_rows(5); ++row) {
    const Matrix<float> x = uniform_batch<float>(5, 3, 1);
    Matrix<float> parameters = normal_batch<float>(distribution.parameter_rows(5), 3, 2);
    parameters(row, 1) = nan;
    std::vector<float> out(3), weights(3, 1.0f);
    distribution.log_probability(as_const(x), as_const(parameters), out);
    CHECK(!std::isnan(out[0]));
    CHECK(std::isnan(out[1]));
    CHECK(!std::isnan(out[2]));
    Matrix<float> d = Matrix<float>::Zero(parameters.rows(), 3);
    distribution.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(d));
    CHECK(std::isnan(d(row, 1)));
  }
}

}  // namespace eigenerate::testing
