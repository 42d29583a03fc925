#include "eigenerate/metrics/beta_vae_score.hpp"

#include "metrics/factor_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {
const std::vector<Index>& counts = factor_counts;
const FactorScoreOptions few{.train = 500, .test = 300, .batch = 20};
}  // namespace

TEST_CASE("the β-VAE score of codes that tell the factors is 1, of others chance") {
  CHECK(beta_vae_score(counts, aligned_codes, few).value == 1);
  const auto constant = [](const data::Factors& f) {
    return Matrix<float>(Matrix<float>::Zero(2, f.cols()));
  };
  const Estimate chance = beta_vae_score(counts, constant, few);
  CHECK(std::abs(chance.value - 1.0 / 4) < 5 * chance.standard_error);
  CHECK(std::abs(chance.standard_error - std::sqrt(chance.value * (1 - chance.value) / 300)) < 1e-12);
  // Codes of noise alone.
  std::uint64_t call = 0;
  const auto noise = [&](const data::Factors& f) {
    Matrix<double> z(3, f.cols());
    fill_normal(z.data(), z.size(), RandomStream{++call});
    return z;
  };
  CHECK(beta_vae_score(counts, noise, few).value < 0.4);
}

TEST_CASE("pairs of the β-VAE score share the factor that is asked for, and it alone") {
  Index shared_by_chance[4] = {}, calls = 0;
  const auto look = [&](const data::Factors& f) {
    REQUIRE(f.cols() == 40);
    Index always = 0;
    for (Index row = 0; row < 4; ++row) {
      const bool all = (f.row(row).head(20).array() == f.row(row).tail(20).array()).all();
      always += all ? 1 : 0;
      shared_by_chance[row] += all ? 1 : 0;
    }
    CHECK(always == 1);
    ++calls;
    return aligned_codes(f);
  };
  beta_vae_score(counts, look, few);
  CHECK(calls == 800);
  for (const Index n : shared_by_chance) CHECK(std::abs(n - 800 / 4) < 70);
}

TEST_CASE("what the β-VAE score refuses") {
  support::refuses<ConfigError>([] { beta_vae_score(counts, aligned_codes, {.train = 0}); },
                                {"beta_vae_score"});
  support::refuses<ConfigError>([] { beta_vae_score(std::vector<Index>{3}, aligned_codes, few); },
                                {"two factors"});
  support::refuses<ConfigError>(
      [] {
        beta_vae_score(std::vector<Index>{3, 1}, aligned_codes, few);
      },
      {"1 values"});
  support::refuses<ShapeError>(
      [] {
        beta_vae_score(
            counts, [](const auto&) { return Matrix<double>(2, 3); }, few);
      },
      {"40 samples", "2 × 3"});
  support::refuses<ConfigError>(
      [] {
        beta_vae_score(
            counts,
            [](const auto& f) { return Matrix<double>(Matrix<double>::Constant(2, f.cols(), std::nan(""))); },
            few);
      },
      {"not finite"});
}
