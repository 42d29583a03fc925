// Log-likelihoods by importance sampling, against closed forms.

#include "eigenerate/models/measure_log_likelihood.hpp"

#include <Eigen/Eigenvalues>
#include <numbers>

#include "eigenerate/core/threads.hpp"
#include "models/linear_gaussian.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

TEST_CASE("importance sampling finds the log-likelihood of a linear VAE, and says how well", "[likelihood]") {
  const support::LinearGaussian linear;
  const Dataset data = linear.samples(60);
  const std::vector<double> exact = linear.exact(data);
  const LogLikelihoodFigures found = measure_log_likelihood(linear.vae(1.5), data, {.samples = 5000});
  REQUIRE(found.of_samples.size() == 60);
  double squares = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    const Estimate& e = found.of_samples[i];
    CHECK(e.standard_error < 0.1);
    CHECK(std::abs(e.value - exact[i]) < testing::tolerance::standard_errors * e.standard_error);
    squares += (e.value - exact[i]) * (e.value - exact[i]) / (e.standard_error * e.standard_error) / 60;
  }
  CHECK(std::abs(squares - 1) < 5 * std::sqrt(2.0 / 60));  // the errors are neither too small nor too large
  const Estimate truth = mean_of(exact);
  CHECK(std::abs(found.mean.value - truth.value) <
        testing::tolerance::standard_errors * found.monte_carlo_error);
  CHECK(found.monte_carlo_error < 0.1 * found.mean.standard_error);
  CHECK(std::abs(found.mean.standard_error / truth.standard_error - 1) < 0.01);
  CHECK(found.nll().value == -found.mean.value);
  CHECK(found.least_effective_count > 100);
  // A posterior of the right mean that is far too narrow misses the weight.
  const LogLikelihoodFigures bad = measure_log_likelihood(linear.vae(0.01), data, {.samples = 500});
  CHECK(bad.least_effective_count < 20);
  CHECK(bad.mean.value < truth.value - 0.1);
}

TEST_CASE("a measured log-likelihood is that of the model, in parts and on any number of threads",
          "[likelihood]") {
  const Vae<float> vae(Sequential{Linear{3 + 40, 64}, Relu{}, Linear{64, 8}},
                       Sequential{Linear{3 + 4, 64}, Relu{}, Linear{64, 40}}, {.classes = 3, .seed = 2});
  Matrix<float> x = testing::uniform_batch<float>(40, 1003, 1);  // a part and three more
  std::vector<int> labels(1003);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 3);
  const Dataset data("uniform", {40}, x, labels, 3);
  set_num_threads(1);
  const auto measure = [&](std::uint64_t seed = 0) {
    return measure_log_likelihood(vae, data, {.samples = 20, .seed = seed});
  };
  const LogLikelihoodFigures one = measure();
  set_num_threads(2);
  CHECK(measure().mean.value == one.mean.value);
  set_num_threads(0);
  CHECK(measure(1).mean.value != one.mean.value);
  const Matrix<float> last = x.rightCols(3);
  const auto weights = vae.importance_weights(as_const(last), 20, std::span<const int>(labels).last(3),
                                              RandomStream{0, Purpose::evaluation}.lane(1));
  for (std::size_t i = 0; i < 3; ++i) CHECK(weights[i].value() == one.of_samples[1000 + i].value);
  // log_likelihood draws the same noise as importance_weights.
  const auto direct = vae.log_likelihood(as_const(last), 20, std::span<const int>(labels).last(3), 7);
  const auto same = vae.importance_weights(as_const(last), 20, std::span<const int>(labels).last(3),
                                           RandomStream{7, Purpose::evaluation});
  for (std::size_t i = 0; i < 3; ++i) CHECK(direct[i] == same[i].value());
}

TEST_CASE("a linear VAE with a learned variance reaches the maximum likelihood of probabilistic PCA",
          "[likelihood]") {
  // Tipping & Bishop 1999, eq. 7 and 8: the leading axes keep their eigenvalues, σ² is the mean of the
  // others. Lucas et al. 2019: the ELBO of a linear VAE has no other maximum.
  const Index n = 200, d = 6, latent = 2;
  const support::LinearGaussian truth{.latent = latent, .features = d, .deviation = 0.5};
  const Dataset data = truth.samples(n);
  const Matrix<double> x = data.samples().cast<double>();
  const Matrix<double> centered = x.colwise() - x.rowwise().mean();
  const Eigen::VectorXd lambda =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(centered * centered.transpose() / static_cast<double>(n))
          .eigenvalues()
          .reverse();
  const double variance = lambda.tail(d - latent).mean();
  const double maximum =
      -0.5 * (static_cast<double>(d) * (std::log(2 * std::numbers::pi) + 1) +
              lambda.head(latent).array().log().sum() + static_cast<double>(d - latent) * std::log(variance));
  Vae<double> vae{
      Linear{d, 2 * latent},
      Sequential{Linear{latent, d}, AppendParameter{1, 0}},
      {.likelihood = Normal{{.spread = Spread::shared}}, .optimizer = Adam{0.03}, .samples = 2, .seed = 1}};
  vae.prepare(n);
  for (std::uint64_t step = 0; step < 2500; ++step)
    vae.train_step(
        {as_const(x), {}},
        {.step = step,
         .seed = 5,
         .learning_rate_factor = step < 1500 ? 1 : std::pow(10, -(static_cast<double>(step) - 1500) / 400)});
  const LogLikelihoodFigures found = measure_log_likelihood(vae, data, {.samples = 500});
  INFO("found " << found.mean.value << " ± " << found.monte_carlo_error << ", maximum " << maximum);
  CHECK(found.mean.value > maximum - 0.02);
  CHECK(found.mean.value < maximum + testing::tolerance::standard_errors * found.monte_carlo_error);
}
