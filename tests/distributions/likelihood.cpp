// Every likelihood keeps its contract: one line each.

#include "eigenerate/distributions/likelihood.hpp"

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/testing/likelihood_conformance.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Likelihood<Bernoulli> && Likelihood<UnitNormal> && Likelihood<DiagonalNormal>);
static_assert(!Likelihood<int> && !Likelihood<Shape>);

TEST_CASE("every likelihood keeps its contract", "[conformance]") {
  using Failures = std::vector<std::string>;
  CHECK(check_likelihood(Bernoulli{}, {.atoms = {0, 1}}) == Failures{});
  CHECK(check_likelihood(UnitNormal{}) == Failures{});
  CHECK(check_likelihood(DiagonalNormal{}) == Failures{});
  // Where about half of the log-variances are outside.
  CHECK(check_likelihood(DiagonalNormal{-0.7, 0.7}) == Failures{});
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
