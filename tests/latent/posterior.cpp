// Every posterior keeps its contract: one line each.

#include "eigenerate/latent/posterior.hpp"

#include "eigenerate/latent/coded_posterior.hpp"
#include "eigenerate/latent/deterministic_posterior.hpp"
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
  CHECK(check_posterior(DeterministicPosterior{}) == Failures{});
  CHECK(check_posterior(CodedPosterior{{.categorical = 1, .categories = 2}}) == Failures{});
  CHECK(check_posterior(CodedPosterior{{.categorical = 1, .categories = 2, .continuous = 1}}) == Failures{});
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

TEST_CASE("a posterior that draws nothing refuses every density by its name", "[posterior]") {
  const AnyPosterior<float> code = DeterministicPosterior{};
  const Matrix<float> h(3, 2), noise(3, 2);
  Matrix<float> z(3, 2);
  std::vector<float> two(2);
  CHECK_FALSE(code.has_log_q());
  support::refuses<ConfigError>([&] { code.require_log_q("Iwae"); },
                                {"Iwae", "DeterministicPosterior", "log q(z|x)"});
  support::refuses<ConfigError>([&] { code.require_density("Iwae"); },
                                {"Iwae", "DeterministicPosterior", "density"});
  support::refuses<ConfigError>([&] { code.sample({}, h, noise, as_view(z), two); },
                                {"DeterministicPosterior", "log q"});
  support::refuses<ConfigError>([&] { code.backward({}, h, noise, noise, two, as_view(z)); },
                                {"DeterministicPosterior", "log q"});
  CHECK_NOTHROW(AnyPosterior<float>(InverseAutoregressiveFlow{}).require_log_q("Iwae"));
}

TEST_CASE("a posterior with a code ends in shares of categories", "[posterior]") {
  const AnyPosterior<double> posterior = CodedPosterior{{.categorical = 2, .categories = 2, .continuous = 1}};
  CHECK(posterior.code() == LatentCode{.categorical = 2, .categories = 2, .continuous = 1});
  CHECK(AnyPosterior<double>(DeterministicPosterior{}).code() == LatentCode{});
  const Matrix<double> h = (Matrix<double>(6, 1) << 5, 0, std::log(3.0), 1000, 1000, -7).finished();
  Matrix<double> z(6, 1);
  posterior.center({}, h, as_view(z));
  CHECK((z - (Matrix<double>(6, 1) << 5, 0.25, 0.75, 0.5, 0.5, -7).finished()).cwiseAbs().maxCoeff() < 1e-15);
  using support::refuses;
  refuses<ConfigError>([&] { posterior.plan(4); }, {"CodedPosterior", "vectors of 4", "code of 5"});
  refuses<ConfigError>([] { CodedPosterior{LatentCode{}}.validate(); }, {"CodedPosterior", "at least one"});
  refuses<ConfigError>([] { CodedPosterior{{.categorical = 1, .categories = 1}}.validate(); },
                       {"CodedPosterior", "got 1"});
  refuses<ConfigError>([&] { posterior.require_log_q("Iwae"); }, {"Iwae", "CodedPosterior"});
}
