// Every posterior keeps its contract: one line each.

#include "eigenerate/latent/posterior.hpp"

#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/inverse_autoregressive_flow.hpp"
#include "eigenerate/testing/posterior_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Posterior<DiagonalNormalPosterior> && Posterior<InverseAutoregressiveFlow> && !Posterior<int>);

TEST_CASE("every posterior keeps its contract", "[conformance]") {
  using Failures = std::vector<std::string>;
  CHECK(check_posterior(DiagonalNormalPosterior{}) == Failures{});
  CHECK(check_posterior(DiagonalNormalPosterior{{-1, 1}}) == Failures{});
  CHECK(check_posterior(InverseAutoregressiveFlow{.steps = 1, .hidden = 4, .context = 2}) == Failures{});
  CHECK(check_posterior(InverseAutoregressiveFlow{.steps = 3, .hidden = 7, .context = 1}) == Failures{});
}

TEST_CASE("a posterior without a density elsewhere refuses by its name", "[posterior]") {
  const AnyPosterior<float> flow = InverseAutoregressiveFlow{};
  const Matrix<float> h(2 * 3 + 16, 1), z(3, 1);
  std::vector<float> out(1);
  support::refuses<ConfigError>([&] { flow.require_density("Iwae"); },
                                {"Iwae", "InverseAutoregressiveFlow", "density"});
  support::refuses<ConfigError>([&] { flow.log_density(h, z, out); }, {"InverseAutoregressiveFlow"});
  support::refuses<ConfigError>([] { InverseAutoregressiveFlow{.steps = 0}.validate(); }, {"steps", "got 0"});
  CHECK(flow.distribution().as<DiagonalNormal>() == nullptr);
  CHECK(AnyPosterior<float>(DiagonalNormalPosterior{}).distribution().as<DiagonalNormal>() != nullptr);
  AnyPosterior<float> moved = DiagonalNormalPosterior{};
  const AnyPosterior<float> other = std::move(moved);
  support::refuses<StateError>([&] { moved.kind(); }, {"posterior"});
}
