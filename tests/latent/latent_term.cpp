// Every term on latent vectors keeps its contract: one line each.

#include "eigenerate/latent/latent_term.hpp"

#include "eigenerate/latent/latent_norm.hpp"
#include "eigenerate/latent/maximum_mean_discrepancy.hpp"
#include "eigenerate/latent/total_correlation.hpp"
#include "eigenerate/testing/latent_term_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(LatentTerm<MaximumMeanDiscrepancy> && LatentTerm<TotalCorrelation> && LatentTerm<LatentNorm> &&
              !LatentTerm<int>);

using Failures = std::vector<std::string>;

TEST_CASE("every term on latent vectors keeps its contract", "[conformance]") {
  CHECK(check_latent_term(MaximumMeanDiscrepancy{}) == Failures{});
  CHECK(check_latent_term(MaximumMeanDiscrepancy{}, {.samples = 1}) == Failures{});
  CHECK(check_latent_term(MaximumMeanDiscrepancy{.weight = 2, .kernel = MmdKernel::rbf, .scales = {1}}) ==
        Failures{});
  CHECK(check_latent_term(LatentNorm{}) == Failures{});
  CHECK(check_latent_term(LatentNorm{3}, {.samples = 1}) == Failures{});
  CHECK(check_latent_term(TotalCorrelation{.data_size = 100}) == Failures{});
  CHECK(check_latent_term(TotalCorrelation{.data_size = 100}, {.samples = 1}) == Failures{});
  // Log-deviations, of which some are clamped.
  CHECK(check_latent_term(TotalCorrelation{.data_size = 100},
                          {.normal = {-0.7, 0.6, Scale::log_deviation}}) == Failures{});
  CHECK(check_latent_term(TotalCorrelation{.alpha = 0, .beta = 3, .gamma = 2, .data_size = 50}) ==
        Failures{});
}

TEST_CASE("an erased term that was moved from says so", "[latent]") {
  AnyLatentTerm<float> term = MaximumMeanDiscrepancy{};
  const AnyLatentTerm<float> other = std::move(term);
  CHECK(other.kind() == "MaximumMeanDiscrepancy");
  support::refuses<StateError>([&] { term.kind(); }, {"latent term"});
}
