#pragma once

#include <algorithm>
#include <span>

#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::detail {

/// Samples in double, block by block, with their squared norms.
struct DistanceOperand {
  Matrix<double> x;
  Vector<double> squares;

  /// About the origin `center`, which keeps the digits of distances between samples that lie far from zero.
  void load(ConstView<float> samples, Index first, Index count, const Vector<double>& center) {
    x.resize(samples.rows(), count);
    for (Index j = 0; j < count; ++j) x.col(j) = samples.col(first + j).template cast<double>() - center;
    squares = x.colwise().squaredNorm().transpose();
  }
};

/// Calls `f(query, first, squared distances to the references first, first + 1, …)` for each query, with the
/// references block after block in their order; different queries at the same time, on all threads.
///
/// **Cost** 2·features·queries·references flops, in products of doubles; at most 12 MB besides two blocks of
/// samples.
/// **Numerics** |a − b|² = |a|² + |b|² − 2aᵀb with both sides taken relative to `center`: within
/// `bound` = 4(features + 4)·2⁻⁵³·(|a|² + |b|²), and below that it counts as zero, so that equal samples have
/// the distance zero. The same bits on any number of threads, and for both directions.
template <class F>
void for_each_distance_block(ConstView<float> queries, ConstView<float> references,
                             const Vector<double>& center, F&& f) {
  constexpr Index query_block = 512, reference_block = 2048;
  const double bound = 4 * static_cast<double>(queries.rows() + 4) * 0x1p-53;
  DistanceOperand a, b;
  Matrix<double> products;
  for (Index first_query = 0; first_query < queries.cols(); first_query += query_block) {
    const Index n = std::min(query_block, queries.cols() - first_query);
    a.load(queries, first_query, n, center);
    for (Index first = 0; first < references.cols(); first += reference_block) {
      const Index m = std::min(reference_block, references.cols() - first);
      b.load(references, first, m, center);
      products.resize(m, n);
      using enum kernels::Transpose;
      kernels::gemm(products.data(), m, b.x.data(), b.x.rows(), Yes, a.x.data(), a.x.rows(), No, m, n,
                    a.x.rows());
      kernels::for_each_item(n, m * 4, [&](Index i) {
        double* const d = products.col(i).data();
        for (Index j = 0; j < m; ++j) {
          const double squares = a.squares[i] + b.squares[j], distance = squares - 2 * d[j];
          d[j] = distance > bound * squares ? distance : 0;
        }
        f(first_query + i, first, std::span<const double>(d, static_cast<std::size_t>(m)));
      });
    }
  }
}

/// The mean of some samples, as the origin of distances.
inline Vector<double> center_of(ConstView<float> samples) {
  return samples.template cast<double>().rowwise().mean();
}

}  // namespace eigenerate::detail
