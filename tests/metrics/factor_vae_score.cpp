#include "eigenerate/metrics/factor_vae_score.hpp"

#include "metrics/factor_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {
const std::vector<Index>& counts = factor_counts;
const FactorScoreOptions few{.train = 500, .test = 300, .batch = 20};
}  // namespace

TEST_CASE("the votes of the FactorVAE score agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/factor_vae_score").cases()) {
    const Matrix<double> codes = c.batch<double>("codes");
    const std::vector<double> all = c.list("variances");
    const Vector<double> variances = Eigen::Map<const Vector<double>>(all.data(), 4);
    std::vector<bool> used;
    for (const double v : all) used.push_back(std::sqrt(v) >= 0.05);
    CHECK_FALSE(used[3]);
    std::vector<Index> dimensions;
    const Index size = c.integer("batch");
    for (Index first = 0; first < codes.cols(); first += size)
      dimensions.push_back(detail::least_varying(codes.middleCols(first, size), variances, used));
    CHECK(dimensions == c.list<Index>("dimensions"));
    const Estimate e = detail::majority_vote(dimensions, c.list<int>("factors"), 4, 3, c.integer("train"));
    CHECK(std::abs(e.value - c.number("accuracy")) < 1e-15);
  }
}

TEST_CASE("the FactorVAE score of a dimension for each factor is 1, of mixed ones less, of constants 0") {
  const FactorVaeScore best = factor_vae_score(counts, aligned_codes, few);
  CHECK(best.accuracy.value == 1);
  CHECK(best.used == 4);  // the constant one is not
  const FactorVaeScore mixed = factor_vae_score(counts, mixed_codes, few);
  CHECK(mixed.accuracy.value < 0.75);
  CHECK(mixed.used == 4);
  const auto constant = [](const data::Factors& f) {
    return Matrix<float>(Matrix<float>::Zero(2, f.cols()));
  };
  CHECK(factor_vae_score(counts, constant, few).used == 0);
  CHECK(factor_vae_score(counts, constant, few).accuracy.value == 0);
  CHECK(factor_vae_score(counts, aligned_codes, {.train = 50, .test = 20, .batch = 2, .seed = 3})
            .accuracy.value > 0.6);
}

TEST_CASE("what the FactorVAE score refuses") {
  support::refuses<ConfigError>([] { factor_vae_score(counts, aligned_codes, {.batch = 1}); },
                                {"factor_vae_score"});
  support::refuses<ShapeError>(
      [] {
        factor_vae_score(
            counts, [](const auto&) { return Matrix<double>(2, 3); }, few);
      },
      {"500 samples"});
}
