// The discrepancy of latent vectors from the prior's: its estimator, and what it cannot be.

#include "eigenerate/latent/maximum_mean_discrepancy.hpp"

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

Matrix<double> normal(Index rows, Index cols, std::uint64_t seed) {
  Matrix<double> m(rows, cols);
  fill_normal(m.data(), m.size(), RandomStream{seed});
  return m;
}

double discrepancy(const MaximumMeanDiscrepancy& term, const Matrix<double>& z, const Matrix<double>& prior,
                   Index inputs) {
  const Matrix<double> h(1, inputs);
  Matrix<double> dz = Matrix<double>::Zero(z.rows(), z.cols());
  return term.add<double>({.h = h, .z = z, .prior = prior}, nullptr, as_view(dz), unwanted<double>());
}

}  // namespace

TEST_CASE("the discrepancy of samples of the prior itself is zero on average", "[latent]") {
  constexpr int draws = 2000;
  for (const auto kernel : {MmdKernel::inverse_multiquadratic, MmdKernel::rbf}) {
    const MaximumMeanDiscrepancy term{.weight = 1, .kernel = kernel};
    double sum = 0, squares = 0, shifted = 0;
    for (std::uint64_t i = 0; i < draws; ++i) {
      const Matrix<double> z = normal(2, 8, 2 * i), p = normal(2, 8, 2 * i + 1);
      const double value = discrepancy(term, z, p, 8);
      sum += value;
      squares += value * value;
      shifted += discrepancy(term, (z.array() + 0.5).matrix(), p, 8);
    }
    const double mean = sum / draws, error = std::sqrt(squares / draws / draws);
    CAPTURE(mean, error);
    CHECK(std::abs(mean) < 4 * error);
    CHECK(shifted / draws > 10 * error);
  }
}

TEST_CASE("vectors of one input are no independent pair", "[latent]") {
  // Two equal vectors of each input: a biased estimator would see them near each other.
  constexpr int draws = 2000;
  const MaximumMeanDiscrepancy term{.weight = 1};
  double sum = 0, squares = 0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const Matrix<double> one = normal(2, 6, 2 * i), p = normal(2, 12, 2 * i + 1);
    Matrix<double> z(2, 12);
    for (Index j = 0; j < 12; ++j) z.col(j) = one.col(j / 2);
    const double value = discrepancy(term, z, p, 6);
    sum += value;
    squares += value * value;
  }
  CHECK(std::abs(sum / draws) < 4 * std::sqrt(squares / draws / draws));
}

TEST_CASE("a batch of one input has no discrepancy", "[latent]") {
  CHECK(discrepancy({}, normal(2, 1, 1), normal(2, 1, 2), 1) == 0);
  CHECK(discrepancy({}, normal(2, 3, 1), normal(2, 3, 2), 1) == 0);
}

TEST_CASE("weights and scales that cannot be are refused", "[latent]") {
  using support::refuses;
  refuses<ConfigError>([] { MaximumMeanDiscrepancy{.weight = -1}.validate(); }, {"weight", "got -1"});
  refuses<ConfigError>([] { MaximumMeanDiscrepancy{.scales = {}}.validate(); }, {"at least one scale"});
  refuses<ConfigError>([] { MaximumMeanDiscrepancy{.scales = {1, 0}}.validate(); }, {"scales", "got 0"});
}
