// Every prior keeps its contract: one line each.

#include "eigenerate/latent/prior.hpp"

#include "eigenerate/latent/flow_prior.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/latent/inverse_autoregressive_flow.hpp"
#include "eigenerate/latent/mixture_prior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/latent/vamp_prior.hpp"
#include "eigenerate/testing/prior_conformance.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Prior<StandardNormal> && Prior<VampPrior<Linear>> && !Prior<int>);
static_assert(Prior<MixturePrior> && Prior<FlowPrior>);

namespace {

/// log p and all gradients of a golden's case.
void check_golden(const Golden& c, const AnyPrior<double>& p) {
  CAPTURE(c.path());
  const Matrix<double> z = c.batch<double>("z");
  const Network<double> encoder{Linear{4, 2 * z.rows()}, {.name = "encoder"}};
  PartHarness<double> harness(p.plan(z.rows(), encoder, DiagonalNormalPosterior{}), 1, z.cols(), "prior", 1);
  c["parameters"].fill(harness.network->parameters(), "prior");
  PriorPass<double> pass;
  static_cast<PartPass<double>&>(pass) = harness.pass();
  Matrix<double> log_p(1, z.cols()), dz = Matrix<double>::Zero(z.rows(), z.cols());
  p.log_probability(pass, z, numbers(log_p));
  p.backward(pass, z, c.list("parameter_weights"), c.list("path_weights"), as_view(dz));
  CHECK(relative_error(log_p, c.batch<double>("log_p")) <= tolerance::golden);
  CHECK(relative_error(dz, c.batch<double>("dz")) <= tolerance::golden);
  const auto vector = [](const Arena<double>& a) {
    return Eigen::Map<const Vector<double>>(a.data(), a.size());
  };
  CHECK(relative_error(vector(*harness.gradients),
                       vector(c["gradients"].arena(*harness.gradients, "prior"))) <= tolerance::golden);
}

}  // namespace

TEST_CASE("priors are PyTorch's", "[prior][golden]") {
  const Golden all = load_golden("latent/prior");
  check_golden(all["MixturePrior"], MixturePrior{.components = 4});
  check_golden(all["FlowPrior"], FlowPrior{.steps = 7, .hidden = 4});
}

TEST_CASE("every prior keeps its contract", "[conformance]") {
  using Failures = std::vector<std::string>;
  CHECK(check_prior(StandardNormal{}) == Failures{});
  CHECK(check_prior(VampPrior{Sequential{Linear{3, 4}, Sigmoid{}}}) == Failures{});
  CHECK(check_prior(VampPrior{Linear{1, 4}}) == Failures{});
  // Log-deviations, of which some are clamped.
  const DiagonalNormalPosterior clamped{{-0.2, 0.3, Scale::log_deviation}};
  CHECK(check_prior(StandardNormal{}, 4, {}, clamped) == Failures{});
  CHECK(check_prior(VampPrior{Linear{5, 4}}, 4, {}, clamped) == Failures{});
  CHECK(check_prior(VampPrior{Linear{5, 4}}, 4, {}, FullNormalPosterior{}) == Failures{});
  CHECK(check_prior(MixturePrior{.components = 4}) == Failures{});
  CHECK(check_prior(MixturePrior{.components = 1, .normal = {-0.5, 0.5}}) == Failures{});
  CHECK(check_prior(FlowPrior{.steps = 4, .hidden = 5}) == Failures{});
  CHECK(check_prior(FlowPrior{.steps = 1, .hidden = 3}, 4, {.latent = 2}) == Failures{});
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

TEST_CASE("what a MixturePrior and a FlowPrior cannot be is refused, by name", "[prior]") {
  using support::refuses;
  const Network<float> encoder{Linear{4, 2}, {.name = "encoder"}};
  refuses<ConfigError>([] { MixturePrior{.components = 0}.validate(); }, {"MixturePrior", "got 0"});
  refuses<ConfigError>([] { FlowPrior{.steps = 0}.validate(); }, {"FlowPrior", "got 0 and 64"});
  refuses<ConfigError>([&] { AnyPrior<float>(FlowPrior{}).plan(1, encoder, DiagonalNormalPosterior{}); },
                       {"FlowPrior", "two latent dimensions", "got 1"});
}

TEST_CASE("StandardNormal has closed-form KLs from normals, full ones too, and other priors have none",
          "[prior]") {
  const AnyPosterior<float> full = FullNormalPosterior{};
  CHECK(AnyPrior<float>(StandardNormal{}).has_kl(full));
  CHECK_FALSE(AnyPrior<float>(MixturePrior{}).has_kl(full));
  CHECK_FALSE(AnyPrior<float>(FlowPrior{}).has_kl(full));
  CHECK_FALSE(AnyPrior<float>(StandardNormal{}).has_kl(InverseAutoregressiveFlow{}));
}

TEST_CASE("a FlowPrior's samples are what its flow makes noise of", "[prior]") {
  const Index latent = 5, n = 20;
  const AnyPrior<double> prior = FlowPrior{.steps = 6, .hidden = 7};
  const Network<double> encoder{Linear{4, 2 * latent}, {.name = "encoder"}};
  PartHarness<double> harness(prior.plan(latent, encoder, DiagonalNormalPosterior{}), 1, n + 3, "prior", 1);
  harness.network->initialize(NormalInit{0, 0.7}, 5);
  PriorPass<double> pass;
  static_cast<PartPass<double>&>(pass) = harness.pass();
  Matrix<double> z(latent, n), noise(latent, n), x = Matrix<double>::Zero(latent + 1, n);
  prior.sample(pass, RandomStream{7}, as_view(z));
  fill_normal(noise.data(), noise.size(), RandomStream{7});
  x.topRows(latent) = z;
  CHECK(relative_error(z, noise) > 0.1);
  // Each of six steps may enlarge a rounding e² times.
  CHECK(relative_error(harness.network->predict(x).topRows(latent), noise) < 1e-8);
}
