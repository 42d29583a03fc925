#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// A mixture of normals as a value: `p(x) = Σ_k π_k N(x; µ_k, L_k L_kᵀ)`, as `fit_gaussian_mixture` finds it.
///
/// **Shapes** x: features × n.
/// **Errors** `ShapeError` for samples of other features.
/// **Numerics** nats, in double.
struct GaussianMixture {
  Vector<double> weights;  ///< π, which add up to 1
  Matrix<double> means;    ///< features × components
  /// L_k: lower triangular, of components with independent features diagonal.
  std::vector<Matrix<double>> factors;

  Index features() const { return means.rows(); }
  Index components() const { return means.cols(); }
  Matrix<double> covariance(Index component) const {
    const Matrix<double>& factor = factors[static_cast<std::size_t>(component)];
    return factor * factor.transpose();
  }

  /// `log π_k + log N_k(x)` of every sample: components × n.
  /// **Cost** features² for each sample and component.
  Matrix<double> log_joint(ConstView<double> x) const;

  /// log p(x) of every sample.
  Vector<double> log_density(ConstView<double> x) const;

  /// Fills x with samples.
  template <Scalar S>
  void sample(const RandomStream& random, View<S> x) const;
};

#if EIGENERATE_DEFINES(DISTRIBUTIONS)

namespace detail {

/// log Σ e^v over each column.
EIGENERATE_INLINE Vector<double> log_sums(const Matrix<double>& v) {
  Vector<double> sums(v.cols());
  for (Index j = 0; j < v.cols(); ++j) {
    const double most = v.col(j).maxCoeff();
    sums(j) = most + std::log((v.col(j).array() - most).exp().sum());
  }
  return sums;
}

}  // namespace detail

EIGENERATE_INLINE Matrix<double> GaussianMixture::log_joint(ConstView<double> x) const {
  const Index d = features(), k = components();
  if (x.rows() != d)
    fail<ShapeError>("GaussianMixture: expected samples of {} features, got {}", d, x.rows());
  Vector<double> constants(k);
  for (Index c = 0; c < k; ++c)
    constants(c) = std::log(weights(c)) -
                   factors[static_cast<std::size_t>(c)].diagonal().array().log().sum() -
                   static_cast<double>(d) * detail::half_log_two_pi;
  Matrix<double> joint(k, x.cols()), noise(d, x.cols());
  kernels::for_each_item(x.cols(), d * d * k, [&](Index j) {
    for (Index c = 0; c < k; ++c) {
      const Matrix<double>& factor = factors[static_cast<std::size_t>(c)];
      double* const e = noise.col(j).data();  // L e = x − µ
      double squares = 0;
      for (Index i = 0; i < d; ++i) e[i] = x(i, j) - means(i, c);
      for (Index i = 0; i < d; ++i) {
        e[i] /= factor(i, i);
        for (Index m = i + 1; m < d; ++m) e[m] -= factor(m, i) * e[i];
        squares += e[i] * e[i];
      }
      joint(c, j) = constants(c) - 0.5 * squares;
    }
  });
  return joint;
}

EIGENERATE_INLINE Vector<double> GaussianMixture::log_density(ConstView<double> x) const {
  return detail::log_sums(log_joint(x));
}

template <Scalar S>
void GaussianMixture::sample(const RandomStream& random, View<S> x) const {
  const Index d = features();
  if (x.rows() != d)
    fail<ShapeError>("GaussianMixture: expected room for samples of {} features, got {}", d, x.rows());
  fill_normal(x.data(), x.size(), random.lane(0));
  for (Index j = 0; j < x.cols(); ++j) {
    // The first component up to which the weights exceed a uniform number.
    double rest = to_unit_interval<double>(random.lane(1).words(static_cast<std::uint64_t>(j))[0]);
    Index c = 0;
    while (c + 1 < components() && (rest -= weights(c)) > 0) ++c;
    const Matrix<double>& factor = factors[static_cast<std::size_t>(c)];
    for (Index i = d - 1; i >= 0; --i) {  // from below: what is above is noise still
      double sum = means(i, c);
      for (Index m = 0; m <= i; ++m) sum += factor(i, m) * static_cast<double>(x(m, j));
      x(i, j) = static_cast<S>(sum);
    }
  }
}

#if defined(EIGENERATE_COMPILED)
template void GaussianMixture::sample<float>(const RandomStream&, View<float>) const;
template void GaussianMixture::sample<double>(const RandomStream&, View<double>) const;
#endif

#endif

}  // namespace eigenerate
