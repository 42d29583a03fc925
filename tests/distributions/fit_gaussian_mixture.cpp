#include "eigenerate/distributions/fit_gaussian_mixture.hpp"

#include <algorithm>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// A mixture of three, two of them wide.
GaussianMixture known() {
  GaussianMixture m;
  m.weights = (Vector<double>(3) << 0.5, 0.3, 0.2).finished();
  m.means = (Matrix<double>(2, 3) << -3, 3, 0, 0, 1, 6).finished();
  m.factors.assign(3, Matrix<double>::Identity(2, 2));
  m.factors[0] << 1, 0, 0.8, 0.6;
  m.factors[1] << 0.5, 0, 0, 1.5;
  return m;
}

Matrix<double> samples_of(const GaussianMixture& m, Index n, std::uint64_t seed) {
  Matrix<double> x(m.features(), n);
  m.sample(RandomStream{seed}, as_view(x));
  return x;
}

}  // namespace

TEST_CASE("a fit's steps are NumPy's and SciPy's", "[mixture][golden]") {
  for (const Golden& c : load_golden("distributions/fit_gaussian_mixture").cases()) {
    CAPTURE(c.path());
    const GaussianMixtureFit fit =
        fit_gaussian_mixture(c.batch<double>("x"), c.batch<double>("centers"),
                             {.covariance = c.boolean("diagonal") ? Covariance::diagonal : Covariance::full,
                              .iterations = c.integer("iterations"),
                              .tolerance = 0,
                              .ridge = c.number("ridge")});
    const GaussianMixture& m = fit.mixture;
    // Each step passes on the roundings of the one before; the golden solves by eigenvalues.
    const double close = 100 * tolerance::golden;
    const auto objective = c.list("objective");
    REQUIRE(fit.objective.size() == objective.size());
    for (std::size_t i = 0; i < objective.size(); ++i)
      CHECK(std::abs(fit.objective[i] - objective[i]) < close * std::abs(objective[i]));
    CHECK(relative_error(m.weights.transpose(), c.batch<double>("weights")) < close);
    CHECK(relative_error(m.means, c.batch<double>("means")) < close);
    const Matrix<double> covariances = c.batch<double>("covariances");
    for (Index k = 0; k < m.components(); ++k)
      CHECK(relative_error(m.covariance(k).reshaped(), covariances.col(k)) < close);
    CHECK(relative_error(m.log_density(c.batch<double>("points")).transpose(),
                         c.batch<double>("log_density")) < close);
  }
}

TEST_CASE("a known mixture is found again, and nothing fits its samples better", "[mixture]") {
  const GaussianMixture truth = known();
  const Matrix<double> x = samples_of(truth, 20000, 1), others = samples_of(truth, 20000, 2);
  const GaussianMixtureFit fit = fit_gaussian_mixture(x, {.components = 3, .tolerance = 1e-8, .seed = 1});
  CHECK(std::is_sorted(fit.objective.begin(), fit.objective.end()));
  for (Index k = 0; k < 3; ++k) {
    Index same = 0;
    (fit.mixture.means.colwise() - truth.means.col(k)).colwise().squaredNorm().minCoeff(&same);
    CAPTURE(k, same);
    CHECK((fit.mixture.means.col(same) - truth.means.col(k)).norm() < 0.06);
    CHECK(std::abs(fit.mixture.weights(same) - truth.weights(k)) < 0.02);
    CHECK((fit.mixture.covariance(same) - truth.covariance(k)).norm() < 0.15);
  }
  const double of_truth = truth.log_density(others).mean(), of_fit = fit.mixture.log_density(others).mean();
  CHECK(std::abs(of_truth - of_fit) < 0.002);
  CHECK(fit_gaussian_mixture(x, {.components = 3, .covariance = Covariance::diagonal}).objective.back() <
        fit.objective.back() - 0.05);
}

TEST_CASE("the objective never falls, with any ridge", "[mixture]") {
  const Matrix<double> x = normal_batch(5, 300, 1);
  for (const double ridge : {0.0, 0.01, 10.0})
    for (const auto covariance : {Covariance::full, Covariance::diagonal}) {
      const auto fit = fit_gaussian_mixture(
          x, {.components = 6, .covariance = covariance, .iterations = 100, .tolerance = 0, .ridge = ridge});
      double worst = 0;
      for (std::size_t i = 1; i < fit.objective.size(); ++i)
        worst = std::max(worst, fit.objective[i - 1] - fit.objective[i]);
      CAPTURE(ridge);
      CHECK(fit.objective.size() > 2);
      CHECK(worst < 1e-12);
    }
}

TEST_CASE("densities integrate to one, and samples have them", "[mixture]") {
  const GaussianMixture m = known();
  double mass = 0;
  const double step = 0.1;
  Matrix<double> line(2, 240);
  for (int i = 0; i < 240; ++i) {
    for (int j = 0; j < 240; ++j) line.col(j) << -12 + step * i, -12 + step * j;
    mass += m.log_density(line).array().exp().sum() * step * step;
  }
  CHECK(std::abs(mass - 1) < 1e-6);
  const Matrix<double> x = samples_of(m, 40000, 3);
  const Vector<double> mean = m.means * m.weights;
  CHECK((x.rowwise().mean() - mean).norm() < 0.08);
  Matrix<float> single(2, 40000);
  m.sample(RandomStream{3}, as_view(single));
  CHECK(relative_error(single, x) < tolerance::golden_float);
}

TEST_CASE("data on a line, and all alike, are fitted under a ridge; clusters begin apart", "[mixture]") {
  Matrix<double> x(3, 50);
  for (Index j = 0; j < 50; ++j) x.col(j).setConstant(static_cast<double>(j));
  CHECK(std::isfinite(fit_gaussian_mixture(x, {.components = 4}).objective.back()));
  support::refuses<ConfigError>([&] { fit_gaussian_mixture(x, {.components = 2, .ridge = 0}); },
                                {"fit_gaussian_mixture", "cannot be inverted", "ridge"});
  Matrix<double> clusters(1, 30);
  for (Index j = 0; j < 30; ++j) clusters(0, j) = static_cast<double>(j % 3);
  Matrix<double> centers = kmeans_plus_plus(clusters, 3, RandomStream{1});
  std::sort(centers.data(), centers.data() + 3);
  CHECK(centers == (Matrix<double>(1, 3) << 0, 1, 2).finished());
  CHECK(kmeans_plus_plus(clusters, 5, RandomStream{1}).cols() == 5);
}

TEST_CASE("features that depend on others are refused without a ridge, however rounding goes", "[mixture]") {
  for (std::uint64_t trial = 0; trial < 100; ++trial) {
    CAPTURE(trial);
    Matrix<double> x(4, 40);
    fill_normal(x.data(), x.size(), RandomStream{trial});
    x.row(3) = 1.7 * x.row(0) - 0.6 * x.row(1) + 0.3 * x.row(2);
    CHECK_THROWS_AS(fit_gaussian_mixture(x, {.components = 1, .ridge = 0}), ConfigError);
  }
}

TEST_CASE("a fit has the same bits on any number of threads", "[mixture][threads]") {
  const Matrix<double> x = normal_batch(8, 3000, 1);
  const auto fitted = [&](int threads) {
    set_num_threads(threads);
    const auto fit = fit_gaussian_mixture(x, {.components = 5, .iterations = 10});
    set_num_threads(0);
    return fit;
  };
  const auto one = fitted(1), three = fitted(3);
  CHECK(one.objective == three.objective);
  CHECK(one.mixture.factors == three.mixture.factors);
}

TEST_CASE("what cannot be fitted is refused", "[mixture]") {
  using support::refuses;
  Matrix<double> x = normal_batch(2, 4, 1);
  refuses<ShapeError>([&] { fit_gaussian_mixture(x, {.components = 5}); }, {"4 samples", "5 components"});
  refuses<ConfigError>([&] { fit_gaussian_mixture(x, {.components = 0}); }, {"got 0"});
  refuses<ConfigError>([&] { fit_gaussian_mixture(x, {.components = 2, .ridge = -1}); }, {"-1"});
  const Matrix<double> of_three = Matrix<double>::Zero(3, 2);
  refuses<ShapeError>([&] { fit_gaussian_mixture(x, of_three, {}); }, {"2 features", "3"});
  refuses<ShapeError>([&] { kmeans_plus_plus(x, 5, RandomStream{}); }, {"4 samples", "5 centers"});
  refuses<ShapeError>([&] { known().log_density(of_three); }, {"2 features", "got 3"});
  x(1, 2) = std::numeric_limits<double>::quiet_NaN();
  refuses<ConfigError>([&] { fit_gaussian_mixture(x, {.components = 2}); }, {"finite"});
}
