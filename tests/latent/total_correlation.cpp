// What a β-TCVAE adds to an ELBO, computed a second time, and what it cannot be.

#include "eigenerate/latent/total_correlation.hpp"

#include "eigenerate/latent/coded_posterior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

double share(const TotalCorrelation& term, const Matrix<double>& h, const Matrix<double>& z) {
  const AnyPosterior<double> posterior{DiagonalNormalPosterior{}};
  Vector<double> memory(term.memory(z.rows(), h.cols(), z.cols()));
  Matrix<double> dz = Matrix<double>::Zero(z.rows(), z.cols()), dh = Matrix<double>::Zero(h.rows(), h.cols());
  return term.add<double>({.h = h, .z = z, .posterior = &posterior}, memory.data(), as_view(dz), as_view(dh));
}

/// Codes of two dimensions with standard deviation 0.1, and the given correlation of their means.
double share_of_correlated(double correlation) {
  const Index n = 400;
  Matrix<double> h = Matrix<double>::Constant(4, n, 2 * std::log(0.1)), noise(2, n), means(2, n);
  fill_normal(noise.data(), noise.size(), RandomStream{1});
  fill_normal(means.data(), means.size(), RandomStream{2});
  h.row(0) = means.row(0);
  h.row(1) = correlation * means.row(0) + std::sqrt(1 - correlation * correlation) * means.row(1);
  const Matrix<double> z = h.topRows(2) + 0.1 * noise;
  return share({.beta = 2, .data_size = n}, h, z);
}

}  // namespace

TEST_CASE("the total correlation of correlated codes is larger", "[latent]") {
  const double none = share_of_correlated(0), some = share_of_correlated(0.7),
               much = share_of_correlated(0.95);
  // Of two normal numbers it is −½ log (1 − ρ²); the noise of variance 0.01 takes a part of the correlation.
  const auto truth = [](double correlation) { return -0.5 * std::log(1 - std::pow(correlation / 1.01, 2)); };
  CHECK(std::abs(some - none - truth(0.7)) < 0.1);
  CHECK(std::abs(much - none - truth(0.95)) < 0.2);
}

TEST_CASE("beside an ELBO, weights of one add nothing", "[latent]") {
  Matrix<double> h(4, 3), z(2, 3);
  fill_normal(h.data(), h.size(), RandomStream{1});
  fill_normal(z.data(), z.size(), RandomStream{2});
  CHECK(share({.beta = 1, .data_size = 9}, h, z) == 0);
}

TEST_CASE("the three parts add up to the KL", "[latent]") {
  Matrix<double> h(4, 5), z(2, 5), log_q(1, 5), log_p(1, 5);
  fill_normal(h.data(), h.size(), RandomStream{1});
  fill_normal(z.data(), z.size(), RandomStream{2});
  DiagonalNormal{}.log_probability(as_const(z), as_const(h), numbers(log_q));
  standard_normal_log_probability(as_const(z), numbers(log_p));
  CHECK(std::abs(share({.alpha = 2, .beta = 2, .gamma = 2, .data_size = 9}, h, z) - (log_q - log_p).mean()) <
        1e-12);
}

TEST_CASE("weights and models that cannot be are refused", "[latent]") {
  using support::refuses;
  refuses<ConfigError>([] { TotalCorrelation{.alpha = -1, .data_size = 1}.validate(); }, {"alpha", "got -1"});
  refuses<ConfigError>([] { TotalCorrelation{}.validate(); }, {"data_size", "got 0"});
  const AnyPosterior<double> coded{CodedPosterior{}};
  refuses<ConfigError>(
      [&] { TotalCorrelation{.data_size = 1}.require(LatentTermSetup<double>{.posterior = &coded}); },
      {"TotalCorrelation", "CodedPosterior"});
}
