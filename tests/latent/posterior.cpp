// Every posterior keeps its contract: one line each.

#include "eigenerate/latent/posterior.hpp"

#include "eigenerate/latent/coded_posterior.hpp"
#include "eigenerate/latent/coupling_flow.hpp"
#include "eigenerate/latent/deterministic_posterior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/latent/inverse_autoregressive_flow.hpp"
#include "eigenerate/latent/normalizing_flow.hpp"
#include "eigenerate/latent/planar_flow.hpp"
#include "eigenerate/latent/radial_flow.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/posterior_conformance.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Posterior<DiagonalNormalPosterior> && Posterior<InverseAutoregressiveFlow> && !Posterior<int>);
static_assert(Posterior<FullNormalPosterior> && Posterior<PlanarFlow> && Posterior<RadialFlow>);

namespace {

/// All kinds of steps, for three latent dimensions: two that read the whole context, two with rows of it.
auto mixed_flow() {
  return NormalizingFlow{
      Sequential{InverseAutoregressiveStep{3, 12, 4, false}, PlanarStep{3}, RadialStep{3, 7},
                 WithCondition{Linear{12, PlanarStep::parameter_rows(3)}, PlanarStep{3}}},
      12};
}

/// Samples, log q and all gradients of a golden's case.
void check_golden(const Golden& c, const AnyPosterior<double>& q) {
  CAPTURE(c.path());
  const Matrix<double> h = c.batch<double>("h"), noise = c.batch<double>("noise"), dz = c.batch<double>("dz");
  PartHarness<double> harness(q.plan(noise.rows()), h.cols(), noise.cols(), "posterior", 1);
  REQUIRE(h.rows() == q.parameter_rows(noise.rows()));
  if (harness.network) c["parameters"].fill(harness.network->parameters(), "posterior");
  Matrix<double> z = noise, log_q(1, noise.cols()), dh = Matrix<double>::Zero(h.rows(), h.cols());
  q.sample(harness.pass(), h, noise, as_view(z), numbers(log_q));
  q.backward(harness.pass(), h, noise, dz, c.list("weights"), as_view(dh));
  CHECK(relative_error(z, c.batch<double>("z")) <= tolerance::golden);
  CHECK(relative_error(log_q, c.batch<double>("log_q")) <= tolerance::golden);
  CHECK(relative_error(dh, c.batch<double>("dh")) <= tolerance::golden);
  if (!harness.network || harness.network->parameters().size() == 0) return;
  const auto vector = [](const Arena<double>& a) {
    return Eigen::Map<const Vector<double>>(a.data(), a.size());
  };
  CHECK(relative_error(vector(*harness.gradients),
                       vector(c["gradients"].arena(*harness.gradients, "posterior"))) <= tolerance::golden);
}

}  // namespace

TEST_CASE("posteriors are PyTorch's", "[posterior][golden]") {
  const Golden all = load_golden("latent/posterior");
  check_golden(all["FullNormalPosterior"], FullNormalPosterior{});
  check_golden(all["PlanarFlow"], PlanarFlow{.steps = 4});
  check_golden(all["RadialFlow"], RadialFlow{.steps = 4});
  check_golden(all["NormalizingFlow"], mixed_flow());
}

TEST_CASE("every posterior keeps its contract", "[conformance]") {
  using Failures = std::vector<std::string>;
  CHECK(check_posterior(DiagonalNormalPosterior{}) == Failures{});
  CHECK(check_posterior(DiagonalNormalPosterior{{-1, 1}}) == Failures{});
  CHECK(check_posterior(DiagonalNormalPosterior{{-1, 1, Scale::log_deviation}}) == Failures{});
  CHECK(check_posterior(DeterministicPosterior{}) == Failures{});
  CHECK(check_posterior(CodedPosterior{{.categorical = 1, .categories = 2}}) == Failures{});
  CHECK(check_posterior(CodedPosterior{{.categorical = 1, .categories = 2, .continuous = 1}}) == Failures{});
  CHECK(check_posterior(InverseAutoregressiveFlow{.steps = 1, .hidden = 4, .context = 2}) == Failures{});
  CHECK(check_posterior(InverseAutoregressiveFlow{.steps = 3, .hidden = 7, .context = 1}) == Failures{});
  CHECK(check_posterior(FullNormalPosterior{}) == Failures{});
  CHECK(check_posterior(FullNormalPosterior{{-1, 1}}, {.latent = 5}) == Failures{});
  CHECK(check_posterior(FullNormalPosterior{}, {.latent = 1}) == Failures{});
  CHECK(check_posterior(PlanarFlow{.steps = 3}) == Failures{});
  CHECK(check_posterior(RadialFlow{.steps = 3}) == Failures{});
  CHECK(check_posterior(RadialFlow{.steps = 1}, {.latent = 1}) == Failures{});
  CHECK(check_posterior(mixed_flow()) == Failures{});
  // At seed 1 the normal that the suite compares with lies beside the samples.
  CHECK(check_posterior(NormalizingFlow{CouplingFlow{3, 4, 2}}, {.seed = 2}) == Failures{});
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

TEST_CASE("a full normal without what is new in it is a diagonal one", "[posterior]") {
  const Index latent = 3, n = 4;
  const AnyPosterior<double> full = FullNormalPosterior{}, diagonal = DiagonalNormalPosterior{};
  Matrix<double> h(9, n), z(latent, n), expected(latent, n);
  fill_normal(h.data(), h.size(), RandomStream{1});
  h.bottomRows(3).setZero();
  const Matrix<double> of_diagonal = h.topRows(6), noise = expected.setRandom();
  std::vector<double> log_q(4), expected_log_q(4);
  full.sample({}, h, noise, as_view(z), log_q);
  diagonal.sample({}, of_diagonal, noise, as_view(expected), expected_log_q);
  CHECK(relative_error(z, expected) < 1e-14);
  for (std::size_t j = 0; j < 4; ++j) CHECK(std::abs(log_q[j] - expected_log_q[j]) < 1e-13);
  h(4, 0) = 100;
  h(5, 2) = -100;
  CHECK(full.clamped_share(h) == 2.0 / 12);
}

TEST_CASE("what the new posteriors cannot be is refused, by name", "[posterior]") {
  using support::refuses;
  refuses<ConfigError>([] { FullNormalPosterior{}.parameter_rows(513); }, {"FullNormal", "512", "got 513"});
  refuses<ConfigError>([] { FullNormalPosterior{{3, 2}}.validate(); }, {"FullNormal", "log_variance"});
  refuses<ConfigError>([] { PlanarFlow{.steps = 0}.validate(); }, {"PlanarFlow", "got 0"});
  refuses<ConfigError>([] { RadialFlow{.steps = 0}.validate(); }, {"RadialFlow", "got 0"});
  refuses<ConfigError>([] { NormalizingFlow(RadialStep{3}, -1).validate(); }, {"NormalizingFlow", "-1"});
  for (const AnyPosterior<float>& flow :
       {AnyPosterior<float>(PlanarFlow{}), AnyPosterior<float>(RadialFlow{}),
        AnyPosterior<float>(mixed_flow())})
    refuses<ConfigError>([&] { flow.require_density("Iwae"); },
                         {"Iwae", std::string(flow.kind()), "density"});
  CHECK_NOTHROW(AnyPosterior<float>(FullNormalPosterior{}).require_density("Iwae"));
  refuses<ShapeError>(
      [] {
        AnyPosterior<float>(NormalizingFlow{Linear{4, 5}}).plan(3);
      },
      {"NormalizingFlow", "makes 5", "4"});
  refuses<ShapeError>([] { AnyPosterior<float>(mixed_flow()).plan(2); }, {"expected input 4", "got 3"});
}
