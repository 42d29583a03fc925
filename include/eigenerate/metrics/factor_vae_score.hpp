#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "eigenerate/metrics/detail/factor_batches.hpp"

namespace eigenerate {

/// What the FactorVAE score found.
struct FactorVaeScore {
  Estimate accuracy;  ///< its error is binomial, of the batches that it is judged by
  Index used = 0;     ///< latent dimensions that are used at all; without any the accuracy is 0
};

namespace detail {

/// The used dimension whose variance in a batch is least, relative to that over all samples.
inline Index least_varying(const Matrix<double>& batch, const Vector<double>& variances,
                           const std::vector<bool>& used) {
  Index best = -1;
  double least = std::numeric_limits<double>::max();
  for (Index d = 0; d < batch.rows(); ++d) {
    if (!used[static_cast<std::size_t>(d)]) continue;
    const double own = (batch.row(d).array() - batch.row(d).mean()).square().sum() /
                       static_cast<double>(batch.cols() - 1) / variances(d);
    if (best < 0 || own < least) {
      best = d;
      least = own;
    }
  }
  return best;
}

/// The share of the later votes, from `train` on, that are for the factor for which most of the earlier ones
/// with the same dimension were.
inline Estimate majority_vote(std::span<const Index> dimensions, std::span<const int> factors, Index latent,
                              Index count, Index train) {
  Matrix<double> votes = Matrix<double>::Zero(latent, count);
  const auto first = static_cast<std::size_t>(train);
  for (std::size_t i = 0; i < first; ++i) ++votes(dimensions[i], factors[i]);
  std::vector<int> told;
  for (std::size_t i = first; i < factors.size(); ++i) {
    Index factor = 0;
    votes.row(dimensions[i]).maxCoeff(&factor);
    told.push_back(static_cast<int>(factor));
  }
  return accuracy(told, factors.subspan(first));
}

}  // namespace detail

/// The FactorVAE score: how often the latent dimension that varies least over a batch with one factor fixed,
/// relative to its variance over all samples, tells by a majority vote which factor it was.
///
/// Dimensions that deviate by less than 0.05 over all samples count as not used. The variances are taken from
/// as many samples as there are batches to learn from.
///
/// **Cost** batch·(train + test) + train samples.
/// **Errors** as `beta_vae_score`.
/// **Source** Kim & Mnih 2018, section 4; the bound on the deviation: the configuration of Locatello et al.
/// 2019.
template <class F>
FactorVaeScore factor_vae_score(std::span<const Index> counts, F&& codes_of,
                                const FactorScoreOptions& options = {}) {
  constexpr std::string_view who = "factor_vae_score";
  options.validate(who, counts);
  const Index all = options.train + options.test, factors = static_cast<Index>(counts.size()),
              samples = std::max<Index>(options.train, 2);
  const RandomStream random{options.seed, Purpose::evaluation};
  const Matrix<double> everywhere =
      detail::checked_codes(who, codes_of(data::draw_factors(counts, samples, random.lane(1))), samples);
  const Vector<double> variances =
      (everywhere.colwise() - everywhere.rowwise().mean()).rowwise().squaredNorm() /
      static_cast<double>(samples - 1);
  FactorVaeScore score;
  std::vector<bool> used;
  for (const double variance : variances) {
    constexpr double least_deviation = 0.05;
    used.push_back(std::sqrt(variance) >= least_deviation);
    score.used += used.back() ? 1 : 0;
  }
  if (score.used == 0) return score;
  const std::vector<int> fixed = detail::fixed_factors(factors, all, random);
  std::vector<Index> dimensions;
  detail::for_each_factor_batch(counts, all, options, [&](Index i, data::Factors batch, const RandomStream&) {
    const int held = fixed[static_cast<std::size_t>(i)];
    batch.row(held).setConstant(batch(held, 0));
    const Matrix<double> z = detail::checked_codes(who, codes_of(batch), options.batch);
    dimensions.push_back(detail::least_varying(z, variances, used));
  });
  score.accuracy = detail::majority_vote(dimensions, fixed, variances.size(), factors, options.train);
  return score;
}

}  // namespace eigenerate
