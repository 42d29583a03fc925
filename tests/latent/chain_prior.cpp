#include "eigenerate/latent/chain_prior.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/testing/prior_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Prior<ChainPrior<Linear>>);

TEST_CASE("a chain of priors keeps the contract", "[chain_prior]") {
  using Failures = std::vector<std::string>;
  CHECK(check_prior(ChainPrior{Sequential{Linear{1, 4}, Tanh{}, Linear{4, 4}}}) == Failures{});
  CHECK(check_prior(ChainPrior{Linear{2, 2}, {-1, 1}}) == Failures{});
}

TEST_CASE("a chain of priors refuses layers that are not from level to level", "[chain_prior]") {
  using support::refuses;
  const Network<float> encoder{Linear{4, 6}, {.name = "encoder"}};
  const AnyPosterior<float> normal = DiagonalNormalPosterior{};
  const AnyPrior<float> one_to_two = ChainPrior{Linear{1, 4}};
  CHECK_NOTHROW(one_to_two.plan(3, encoder, normal));
  refuses<ShapeError>([&] { one_to_two.plan(4, encoder, normal); },
                      {"ChainPrior", "4 numbers", "would be 6"});
  refuses<ConfigError>([] { ChainPrior{Relu{}}; }, {"ChainPrior", "vector"});
}
