// Every likelihood keeps its contract: one line each.

#include "eigenerate/distributions/likelihood.hpp"

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/testing/likelihood_conformance.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Likelihood<Bernoulli> && Likelihood<UnitNormal> && Likelihood<DiagonalNormal>);
static_assert(Likelihood<ContinuousBernoulli> && Likelihood<Normal> && Likelihood<Laplace> &&
              Likelihood<Poisson> && Likelihood<Categorical> && Likelihood<BetaBinomial> &&
              Likelihood<DiscretizedLogisticMixture>);
static_assert(!Likelihood<int> && !Likelihood<Shape>);

namespace {

std::vector<double> integers(int count) {
  std::vector<double> list;
  for (int k = 0; k < count; ++k) list.push_back(k);
  return list;
}

}  // namespace

TEST_CASE("every likelihood keeps its contract", "[conformance]") {
  using Failures = std::vector<std::string>;
  CHECK(check_likelihood(Bernoulli{}, {.atoms = {0, 1}}) == Failures{});
  CHECK(check_likelihood(UnitNormal{}) == Failures{});
  CHECK(check_likelihood(DiagonalNormal{}) == Failures{});
  // Where about half of the log-variances are outside.
  CHECK(check_likelihood(DiagonalNormal{-0.7, 0.7}) == Failures{});
  CHECK(check_likelihood(DiagonalNormal{.scale = Scale::log_deviation}) == Failures{});

  CHECK(check_likelihood(ContinuousBernoulli{}) == Failures{});
  // On both sides of where the series ends.
  CHECK(check_likelihood(ContinuousBernoulli{}, {.parameter_scale = 0.1}) == Failures{});
  CHECK(check_likelihood(ContinuousBernoulli{}, {.parameter_scale = 10}) == Failures{});

  CHECK(check_likelihood(Normal{}) == Failures{});
  CHECK(check_likelihood(Normal{0.3}) == Failures{});
  CHECK(check_likelihood(Normal{{.spread = Spread::shared}}) == Failures{});
  CHECK(check_likelihood(Normal{{.spread = Spread::shared, .scale = Scale::log_deviation}},
                         {.parameter_scale = 0.5}) == Failures{});
  CHECK(check_likelihood(Normal{{.spread = Spread::per_feature}}) == Failures{});
  CHECK(check_likelihood(Normal{{.spread = Spread::per_feature, .channels = 1}}, {.output = {2, 3, 2}}) ==
        Failures{});
  CHECK(check_likelihood(
            Normal{{.spread = Spread::per_feature, .min_log_variance = -0.7, .max_log_variance = 0.7}}) ==
        Failures{});

  // The trapezoidal rule's error at the kink: (step/b)² / 12 with a step of 0.005.
  const double kink = 1e-4;
  CHECK(check_likelihood(Laplace{}, {.mass_tolerance = kink}) == Failures{});
  CHECK(check_likelihood(Laplace{{.spread = Spread::shared}}, {.mass_tolerance = kink}) == Failures{});
  CHECK(check_likelihood(Laplace{{.spread = Spread::per_feature}}, {.mass_tolerance = kink}) == Failures{});
  CHECK(check_likelihood(Laplace{{.spread = Spread::per_feature, .channels = 1}},
                         {.mass_tolerance = kink, .output = {2, 2, 3}}) == Failures{});

  CHECK(check_likelihood(Categorical{2}, {.atoms = integers(2)}) == Failures{});
  CHECK(check_likelihood(Categorical{70}, {.parameter_scale = 3, .atoms = integers(70)}) == Failures{});
  CHECK(check_likelihood(Categorical{3}, {.atoms = integers(3), .output = {6, 1, 3}}) == Failures{});
  // Rates below e³: more than 90 never come.
  CHECK(check_likelihood(Poisson{}, {.atoms = integers(90)}) == Failures{});
  CHECK(check_likelihood(BetaBinomial{9}, {.atoms = integers(10)}) == Failures{});
  CHECK(check_likelihood(BetaBinomial{255}, {.parameter_scale = 3, .atoms = integers(256)}) == Failures{});
  CHECK(check_likelihood(BetaBinomial{3, {.channels = 1, .min_log = -0.7, .max_log = 0.7}},
                         {.atoms = integers(4), .output = {2, 3, 2}}) == Failures{});
  CHECK(check_likelihood(DiscretizedLogisticMixture{1, 2}, {.atoms = integers(2)}) == Failures{});
  CHECK(check_likelihood(DiscretizedLogisticMixture{3, 8}, {.atoms = integers(8)}) == Failures{});
  CHECK(check_likelihood(DiscretizedLogisticMixture{3, 8, {.min_log_scale = -0.7, .max_log_scale = 0.7}},
                         {.atoms = integers(8), .output = {9, 3, 2}}) == Failures{});
  // Where bins are far from the means and narrow.
  CHECK(check_likelihood(DiscretizedLogisticMixture{2, 256},
                         {.parameter_scale = 2, .atoms = integers(256)}) == Failures{});
}

TEST_CASE("the posterior's functions allocate nothing") {
  if (!AllocationGuard::available()) return;
  const DiagonalNormal q;
  const Matrix<float> parameters = normal_batch<float>(40, 128, 1), noise = normal_batch<float>(20, 512, 2),
                      kl_weights = normal_batch<float>(20, 128, 3);
  Matrix<float> z(20, 512), d = Matrix<float>::Zero(40, 128), shares(20, 128);
  std::vector<float> out(512), kl(128), weights(512, 1.0f);
  const auto run = [&] {
    q.reparameterize(as_const(parameters), as_const(noise), as_view(z));
    q.reparameterize_backward(as_const(parameters), as_const(noise), as_const(z), as_view(d));
    q.kl_to_standard(as_const(parameters), kl);
    q.kl_to_standard_by_dimension(as_const(parameters), as_view(shares));
    q.kl_to_standard_backward(as_const(parameters), as_const(kl_weights), as_view(d));
    q.log_density_of_sample(as_const(parameters), as_const(noise), out);
    q.log_density_of_sample_backward(as_const(parameters), as_const(noise), weights, as_view(d));
    q.log_probability_backward_to_x(as_const(z), as_const(parameters), weights, as_view(z));
    standard_normal_log_probability(as_const(z), out);
    standard_normal_log_probability_backward(as_const(z), weights, as_view(z));
  };
  run();
  const AllocationGuard guard;
  run();
  CHECK(guard.count() == 0);
}
