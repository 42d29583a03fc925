#pragma once

#include <algorithm>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/factors.hpp"
#include "eigenerate/metrics/detail/factor_codes.hpp"

namespace eigenerate {

/// How much more the best latent dimension knows of each factor than the second best.
struct MutualInformationGap {
  double value = 0;                     ///< a mean over the factors, in [0, 1]
  std::vector<double> of_factors = {};  ///< (I(z_best; v) − I(z_second; v)) / H(v)
  Matrix<double> information = {};      ///< I(z_d; v_f) in nats: latent × factors
};

namespace detail {

/// Which of `bins` equal intervals between the least and the largest value each of them lies in; the largest
/// in the last, and all in one where they are equal.
template <Scalar S>
std::vector<Index> histogram_bins(ConstView<S> codes, Index row, Index bins) {
  const double low = static_cast<double>(codes.row(row).minCoeff()),
               high = static_cast<double>(codes.row(row).maxCoeff());
  std::vector<Index> bin(static_cast<std::size_t>(codes.cols()), 0);
  if (!(high > low)) return bin;
  std::vector<double> edges(static_cast<std::size_t>(bins));  // the lower ones
  for (Index i = 0; i < bins; ++i)
    edges[static_cast<std::size_t>(i)] =
        low + static_cast<double>(i) * ((high - low) / static_cast<double>(bins));
  for (Index j = 0; j < codes.cols(); ++j)
    bin[static_cast<std::size_t>(j)] =
        std::upper_bound(edges.begin(), edges.end(), static_cast<double>(codes(row, j))) - edges.begin() - 1;
  return bin;
}

}  // namespace detail

/// The mutual information gap: of codes that give each factor a dimension of its own 1, of those that do not
/// 0.
///
/// Codes are cut into `bins` equal intervals between their extremes, and information is that of the counts:
/// biased upward by about (bins − 1)(values − 1) / 2n nats, for all dimensions alike. (Chen et al. sample
/// q(z|x) instead; this is the form of Locatello et al., whose 20 bins are the default.)
///
/// **Shapes** codes: latent × n, posterior means as a rule; factors: factors × n.
/// **Errors** `ShapeError` where they are not of the same samples; `ConfigError` for less than two bins,
/// codes that are not finite, and factors that never change.
/// **Numerics** in double.
/// **Source** Chen, Li, Grosse & Duvenaud 2018, eq. 6; Locatello et al. 2019, appendix C.
template <Scalar S>
MutualInformationGap mutual_information_gap(ConstView<S> codes, const data::Factors& factors,
                                            Index bins = 20) {
  detail::require_factors("mutual_information_gap", codes, factors);
  if (bins < 2) fail<ConfigError>("mutual_information_gap: expected at least two bins, got {}", bins);
  const Index latent = codes.rows(), n = codes.cols();
  const double total = static_cast<double>(n);
  MutualInformationGap gap{.information = Matrix<double>(latent, factors.rows())};
  std::vector<std::vector<Index>> bin;
  for (Index d = 0; d < latent; ++d) bin.push_back(detail::histogram_bins(codes, d, bins));
  for (Index f = 0; f < factors.rows(); ++f) {
    const Index values = factors.row(f).maxCoeff() + 1;
    double entropy = 0;
    for (Index d = 0; d < latent; ++d) {
      Matrix<double> joint = Matrix<double>::Zero(bins, values);
      for (Index j = 0; j < n; ++j)
        ++joint(bin[static_cast<std::size_t>(d)][static_cast<std::size_t>(j)], factors(f, j));
      const Vector<double> of_code = joint.rowwise().sum(), of_factor = joint.colwise().sum();
      entropy = detail::entropy_of_counts(of_factor, total);
      // The joint one may come out larger by a rounding.
      gap.information(d, f) = std::max(0.0, detail::entropy_of_counts(of_code, total) + entropy -
                                                detail::entropy_of_counts(joint.reshaped(), total));
    }
    std::vector<double> known(gap.information.col(f).begin(), gap.information.col(f).end());
    std::sort(known.rbegin(), known.rend());
    gap.of_factors.push_back((known[0] - (latent > 1 ? known[1] : 0)) / entropy);
    gap.value += gap.of_factors.back() / static_cast<double>(factors.rows());
  }
  return gap;
}

}  // namespace eigenerate
