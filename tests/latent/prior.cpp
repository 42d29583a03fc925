// Every prior keeps its contract: one line each.

#include "eigenerate/latent/prior.hpp"

#include "eigenerate/latent/inverse_autoregressive_flow.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/latent/vamp_prior.hpp"
#include "eigenerate/testing/prior_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Prior<StandardNormal> && Prior<VampPrior<Linear>> && !Prior<int>);

TEST_CASE("every prior keeps its contract", "[conformance]") {
  using Failures = std::vector<std::string>;
  CHECK(check_prior(StandardNormal{}) == Failures{});
  CHECK(check_prior(VampPrior{Sequential{Linear{3, 4}, Sigmoid{}}}) == Failures{});
  CHECK(check_prior(VampPrior{Linear{1, 4}}) == Failures{});
}

TEST_CASE("what a VampPrior cannot be made of is refused, by name", "[prior]") {
  using support::refuses;
  const Network<float> encoder{Linear{4, 6}, {.name = "encoder"}};
  const Network<float> labelled{
      JoinedInput<float>(Linear{6, 6}, Shape{2}), Shape{4}, {.name = "encoder", .condition = Shape{2}}};
  const AnyPosterior<float> normal = DiagonalNormalPosterior{}, flow = InverseAutoregressiveFlow{};
  const AnyPrior<float> prior = VampPrior{Linear{3, 4}}, other = VampPrior{Linear{3, 5}};
  CHECK_NOTHROW(prior.plan(3, encoder, normal));
  refuses<ConfigError>([&] { prior.plan(3, encoder, flow); }, {"VampPrior", "InverseAutoregressiveFlow"});
  refuses<ConfigError>([&] { prior.plan(3, labelled, normal); }, {"VampPrior", "condition"});
  refuses<ShapeError>([&] { other.plan(3, encoder, normal); }, {"VampPrior", "5 values", "takes 4"});
  refuses<ConfigError>([] { VampPrior{Relu{}}; }, {"VampPrior", "pseudo-inputs"});
  CHECK(!prior.has_kl(normal));
  std::vector<float> out(1);
  const Matrix<float> h(6, 1);
  refuses<ConfigError>([&] { prior.kl(normal, h, out); },
                       {"VampPrior", "DiagonalNormalPosterior", "KlTerm::sampled"});
  AnyPrior<float> moved = StandardNormal{};
  const AnyPrior<float> kept = std::move(moved);
  refuses<StateError>([&] { moved.kind(); }, {"prior"});
}
