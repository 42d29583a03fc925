#pragma once
// Batches in which one factor is held fixed, of which scores are made.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/factors.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/estimate.hpp"
#include "eigenerate/metrics/factor_score_options.hpp"

namespace eigenerate::detail {

/// The factor that is fixed in every batch.
inline std::vector<int> fixed_factors(Index factors, Index batches, const RandomStream& random) {
  std::vector<int> fixed;
  for (Index i = 0; i < batches; ++i)
    fixed.push_back(static_cast<int>(
        uniform_below(static_cast<std::uint64_t>(factors), random, static_cast<std::uint64_t>(i))));
  return fixed;
}

/// Calls `f(i, factors, random)` for every batch i: `factors` are those of its samples, all drawn, and
/// `random` is a stream of its own.
template <class F>
void for_each_factor_batch(std::span<const Index> counts, Index batches, const FactorScoreOptions& o, F&& f) {
  const RandomStream random{o.seed, Purpose::evaluation};
  for (Index i = 0; i < batches; ++i) {
    const RandomStream own = random.lane(2).at(static_cast<std::uint64_t>(i));
    f(i, data::draw_factors(counts, o.batch, own.lane(0)), own.lane(1));
  }
}

/// The share of the batches that are told right.
inline Estimate accuracy(std::span<const int> told, std::span<const int> truth) {
  double right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += told[i] == truth[i] ? 1 : 0;
  return share_of(right, static_cast<double>(truth.size()));
}

/// Codes in double, which must be those of so many samples and finite.
template <class Codes>
Matrix<double> checked_codes(std::string_view who, const Codes& codes, Index samples) {
  if (codes.rows() < 1 || codes.cols() != samples)
    fail<ShapeError>("{}: expected codes of {} samples, got {} × {}", who, samples, codes.rows(),
                     codes.cols());
  Matrix<double> z = codes.template cast<double>();
  if (!kernels::all_finite(z.data(), z.size())) fail<ConfigError>("{}: a code is not finite", who);
  return z;
}

}  // namespace eigenerate::detail
