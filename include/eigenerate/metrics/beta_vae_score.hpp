#pragma once

#include <span>
#include <vector>

#include "eigenerate/metrics/detail/factor_batches.hpp"
#include "eigenerate/metrics/linear_classifier.hpp"

namespace eigenerate {

/// The β-VAE score: how well a linear classifier tells which factor two samples of each pair share, from the
/// mean of
/// |z − z′| over a batch of such pairs. Its error is binomial, of the batches that it is judged by.
///
/// `codes_of(factors)` gives the codes of samples with these factors, latent × n.
///
/// **Cost** 2·batch·(train + test) samples.
/// **Errors** `ConfigError` for numbers out of range, less than two factors and codes that are not finite,
/// `ShapeError` for codes of another number of samples.
/// **Source** Higgins et al. 2017, section 3; with a ridge as Locatello et al. 2019, by the multinomial
/// likelihood.
template <class F>
Estimate beta_vae_score(std::span<const Index> counts, F&& codes_of, const FactorScoreOptions& options = {}) {
  constexpr std::string_view who = "beta_vae_score";
  options.validate(who, counts);
  const Index all = options.train + options.test, factors = static_cast<Index>(counts.size());
  const std::vector<int> fixed =
      detail::fixed_factors(factors, all, RandomStream{options.seed, Purpose::evaluation});
  Matrix<double> differences;
  detail::for_each_factor_batch(
      counts, all, options, [&](Index i, const data::Factors& first, const RandomStream& random) {
        data::Factors pairs(factors, 2 * options.batch);
        pairs << first, data::draw_factors(counts, options.batch, random);
        const int shared = fixed[static_cast<std::size_t>(i)];
        pairs.row(shared).tail(options.batch) = pairs.row(shared).head(options.batch);
        const Matrix<double> z = detail::checked_codes(who, codes_of(pairs), 2 * options.batch);
        if (i == 0) differences.resize(z.rows(), all);
        differences.col(i) =
            (z.leftCols(options.batch) - z.rightCols(options.batch)).cwiseAbs().rowwise().mean();
      });
  const std::span<const int> labels(fixed);
  const auto train = static_cast<std::size_t>(options.train);
  const LinearClassifier classifier =
      fit_linear_classifier(differences.leftCols(options.train), labels.first(train), factors);
  return detail::accuracy(classifier.predict(differences.rightCols(options.test)), labels.subspan(train));
}

}  // namespace eigenerate
