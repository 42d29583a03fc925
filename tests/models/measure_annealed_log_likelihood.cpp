// Log-likelihoods by annealing, against closed forms and importance sampling.

#include "eigenerate/models/measure_annealed_log_likelihood.hpp"

#include "eigenerate/core/threads.hpp"
#include "eigenerate/models/measure_log_likelihood.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "models/linear_gaussian.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

void check_exact(const AnnealedLogLikelihoodFigures& found, const std::vector<double>& exact) {
  CAPTURE(found.mean.value, found.monte_carlo_error, mean_of(exact).value, found.acceptance);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    CAPTURE(i, found.of_samples[i].value, exact[i]);
    CHECK(std::abs(found.of_samples[i].value - exact[i]) <
          testing::tolerance::standard_errors * found.of_samples[i].standard_error);
  }
  CHECK(std::abs(found.mean.value - mean_of(exact).value) <
        testing::tolerance::standard_errors * found.monte_carlo_error);
  CHECK(found.monte_carlo_error < 0.06);
  CHECK(std::abs(found.acceptance - 0.65) < 0.15);
}

}  // namespace

TEST_CASE("annealing, importance sampling and the closed form agree on a linear VAE", "[likelihood]") {
  const support::LinearGaussian linear;
  const Dataset data = linear.samples(6);
  const std::vector<double> exact = linear.exact(data);
  const Vae<double> vae = linear.vae(1.5);
  AnnealedSampling options{{.chains = 60, .distributions = 150}};
  check_exact(measure_annealed_log_likelihood(vae, data, options), exact);
  options.from = AnnealFrom::posterior;
  const AnnealedLogLikelihoodFigures from_posterior = measure_annealed_log_likelihood(vae, data, options);
  check_exact(from_posterior, exact);
  const LogLikelihoodFigures sampled = measure_log_likelihood(vae, data);
  const AnnealedLogLikelihoodFigures annealed = measure_annealed_log_likelihood(vae, data, options);
  CHECK(std::abs(sampled.mean.value - annealed.mean.value) <
        testing::tolerance::standard_errors *
            std::hypot(sampled.monte_carlo_error, annealed.monte_carlo_error));
  // Of a posterior far too narrow importance samples see little, and annealing what there is.
  const Vae<double> bad = linear.vae(0.001);
  CHECK(measure_log_likelihood(bad, data, {.samples = 1000}).mean.value < mean_of(exact).value - 1);
  options.from = AnnealFrom::prior;
  check_exact(measure_annealed_log_likelihood(bad, data, options), exact);
}

TEST_CASE("annealing measures a generator without an encoder", "[likelihood]") {
  const support::LinearGaussian linear{.latent = 2, .features = 5, .deviation = 0.5};
  const Dataset data = linear.samples(6);
  Network<double> generator{Linear{2, 5}};
  support::LinearGaussian::set(generator, linear.w, linear.b);
  const AnnealedSampling options{{.chains = 60, .distributions = 150}};
  check_exact(measure_annealed_log_likelihood(generator, Normal{0.5}, data, options), linear.exact(data));
  AnnealedSampling wrong = options;
  wrong.from = AnnealFrom::posterior;
  support::refuses<ConfigError>([&] { measure_annealed_log_likelihood(generator, Normal{0.5}, data, wrong); },
                                {"no posterior"});
  support::refuses<ConfigError>([&] { measure_annealed_log_likelihood(generator, Normal{0.0}, data); },
                                {"Normal", "deviation"});
  const Gan<float> gan(Sequential{Linear{2 + 3, 8}, Relu{}, Linear{8, 5}, Tanh{}}, Linear{5 + 3, 1},
                       {.classes = 3});
  const Dataset labeled("labeled", {5}, testing::uniform_batch<float>(5, 3, 1), {0, 2, 1}, 3);
  const auto found = measure_annealed_log_likelihood(gan.generator(), Normal{0.3}, labeled,
                                                     {{.chains = 4, .distributions = 20}});
  CHECK(std::isfinite(found.mean.value));
}

TEST_CASE("annealing a decoder of pixels: against importance sampling, and with the same bits",
          "[likelihood]") {
  const Vae<float> vae(Sequential{Linear{30, 32}, Relu{}, Linear{32, 4}},
                       Sequential{Linear{2, 32}, Relu{}, Linear{32, 30}},
                       {.initializer = NormalInit{0, 0.3}, .seed = 2});
  const Matrix<float> x = testing::uniform_batch<float>(30, 14, 1).array().round();
  const Dataset data("binary", {30}, x);
  const AnnealedSampling options{{.chains = 30, .distributions = 100, .pilots = 2}};  // in parts of 8 samples
  set_num_threads(1);
  const auto one = measure_annealed_log_likelihood(vae, data, options);
  set_num_threads(3);
  const auto three = measure_annealed_log_likelihood(vae, data, options);
  set_num_threads(0);
  for (std::size_t i = 0; i < 14; ++i) CHECK(one.of_samples[i].value == three.of_samples[i].value);
  const LogLikelihoodFigures sampled = measure_log_likelihood(vae, data, {.samples = 20000});
  CAPTURE(one.mean.value, one.monte_carlo_error, sampled.mean.value, sampled.monte_carlo_error);
  CHECK(std::abs(sampled.mean.value - one.mean.value) <
        testing::tolerance::standard_errors * std::hypot(sampled.monte_carlo_error, one.monte_carlo_error));
  CHECK(one.monte_carlo_error < 0.05);
}

TEST_CASE("annealing of more distributions allocates no more", "[likelihood]") {
  if (!testing::AllocationGuard::available()) {
    WARN("skipped: allocations are not counted here");
    return;
  }
  const support::LinearGaussian linear;
  const Vae<double> vae = linear.vae();
  const Dataset data = linear.samples(3);
  const auto count = [&](Index distributions) {
    const testing::AllocationGuard guard;
    measure_annealed_log_likelihood(vae, data, {{.chains = 3, .distributions = distributions}});
    return guard.count();
  };
  count(2);
  CHECK(count(5) == count(300));
}
