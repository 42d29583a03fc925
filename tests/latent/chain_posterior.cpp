#include "eigenerate/latent/chain_posterior.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/testing/posterior_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Posterior<ChainPosterior<Linear>>);

TEST_CASE("a chain of posteriors keeps the contract", "[chain_posterior]") {
  using Failures = std::vector<std::string>;
  CHECK(check_posterior(ChainPosterior{Sequential{Linear{2, 4}, Tanh{}, Linear{4, 2}}}) == Failures{});
  CHECK(check_posterior(ChainPosterior{Linear{1, 4}, {-1, 1}}) == Failures{});
}

TEST_CASE("a chain of posteriors refuses layers that are not from level to level", "[chain_posterior]") {
  using support::refuses;
  const AnyPosterior<float> two_to_one = ChainPosterior{Linear{2, 2}};
  CHECK_NOTHROW(two_to_one.plan(3));
  refuses<ShapeError>([&] { two_to_one.plan(4); }, {"ChainPosterior", "from 2", "2 numbers", "would be 4"});
  refuses<ShapeError>([&] { two_to_one.plan(2); }, {"ChainPosterior", "0 are left"});
  refuses<ConfigError>([] { ChainPosterior{Relu{}}; }, {"ChainPosterior", "vector"});
  refuses<ConfigError>([&] { two_to_one.require_density("Iwae"); }, {"Iwae", "ChainPosterior", "density"});
}
