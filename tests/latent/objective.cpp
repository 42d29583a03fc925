// Every objective keeps its contract: one line each.

#include "eigenerate/latent/objective.hpp"

#include "eigenerate/latent/elbo.hpp"
#include "eigenerate/latent/iwae.hpp"
#include "eigenerate/testing/objective_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Objective<Elbo> && Objective<Iwae> && !Objective<int>);

namespace {

/// The surrogate of the doubly-reparameterized gradient, with the shares frozen: Σ w̃² log w (Tucker et al.,
/// eq. 8).
std::vector<double> squared_shares(const ObjectiveTerms<double>& t) {
  std::vector<double> weights(t.log_px.size());
  const auto k = static_cast<std::size_t>(t.samples);
  for (std::size_t begin = 0; begin < weights.size(); begin += k) {
    double total = 0;
    for (std::size_t j = begin; j < begin + k; ++j)
      total += std::exp(t.log_px[j] + t.log_pz[j] - t.log_qz[j]);
    for (std::size_t j = begin; j < begin + k; ++j)
      weights[j] = -std::pow(std::exp(t.log_px[j] + t.log_pz[j] - t.log_qz[j]) / total, 2) /
                   static_cast<double>(t.inputs);
  }
  return weights;
}

using Failures = std::vector<std::string>;

}  // namespace

TEST_CASE("every objective keeps its contract", "[conformance]") {
  CHECK(check_objective(Elbo{}) == Failures{});
  CHECK(check_objective(Elbo{.beta = 4, .kl_warm_up_steps = 10}) == Failures{});
  CHECK(check_objective(Elbo{.free_bits = 0.5}) == Failures{});
  CHECK(check_objective(Elbo{.beta = 3, .kl = KlTerm::sampled}) == Failures{});
  CHECK(check_objective(Elbo{.beta = 2, .kl = KlTerm::sampled, .sticking_the_landing = true}) == Failures{});
  CHECK(check_objective(Iwae{}) == Failures{});
  CHECK(check_objective(Iwae{}, {.samples = 1}) == Failures{});
  CHECK(check_objective(Iwae{.doubly_reparameterized = true}, {.path_weights = squared_shares}) ==
        Failures{});
}

TEST_CASE("what an ELBO cannot be is refused", "[objective]") {
  using support::refuses;
  refuses<ConfigError>([] { Elbo{.beta = -1}.validate(); }, {"Elbo", "beta", "got -1"});
  refuses<ConfigError>([] { Elbo{.free_bits = -1}.validate(); }, {"Elbo", "free_bits", "got -1"});
  refuses<ConfigError>([] { Elbo{.kl = KlTerm::sampled, .free_bits = 1}.validate(); },
                       {"free_bits", "sampled"});
  refuses<ConfigError>([] { Elbo{.sticking_the_landing = true}.validate(); }, {"KlTerm::sampled"});
}

TEST_CASE("free bits leave alone what is below them, in training", "[objective]") {
  const std::vector<double> log_px{-3, -5}, kl{1.1, 0.9};
  Matrix<double> shares(2, 2), d(2, 2);
  shares << 0.1, 0.3, 1.0, 0.6;
  std::vector<double> weights(2);
  const Elbo elbo{.free_bits = 0.5};
  const ObjectiveTerms<double> terms{
      .inputs = 2, .log_px = log_px, .kl = kl, .kl_by_dimension = as_const(shares), .step = 0};
  const ObjectiveValue value = elbo.evaluate(terms, ObjectiveWeights<double>{weights, {}, as_view(d)});
  CHECK(std::abs(value.loss - (4 + 0.5 + 0.8)) < 1e-12);
  CHECK(d.row(0).isZero(0));
  CHECK((d.row(1).array() == 0.5).all());
  auto judged = terms;
  judged.step = {};
  CHECK(std::abs(elbo.evaluate(judged, ObjectiveWeights<double>{}).loss - (4 + 1.0)) < 1e-12);
}

TEST_CASE("an erased objective that was moved from says so", "[objective]") {
  AnyObjective<float> o = Elbo{};
  const AnyObjective<float> other = std::move(o);
  CHECK(other.kind() == "Elbo");
  support::refuses<StateError>([&] { o.kind(); }, {"objective"});
}
