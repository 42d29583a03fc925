#pragma once
// Random batches for tests.

#include <cstdint>
#include <limits>

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::testing {

/// Standard normal numbers times `scale`; another lane gives others.
template <Scalar S = double>
Matrix<S> normal_batch(Index rows, Index cols, std::uint64_t lane, double scale = 1) {
  Matrix<S> batch(rows, cols);
  fill_normal(batch.data(), batch.size(), RandomStream{2024}.lane(lane));
  return static_cast<S>(scale) * batch;
}

/// Uniform numbers in (0, 1).
template <Scalar S = double>
Matrix<S> uniform_batch(Index rows, Index cols, std::uint64_t lane) {
  Matrix<S> batch(rows, cols);
  fill_uniform(batch.data(), batch.size(), RandomStream{2024}.lane(lane));
  return batch;
}

/// A matrix of NaNs: an output that must be overwritten, whole.
template <Scalar S = double>
Matrix<S> poison(Index rows, Index cols) {
  return Matrix<S>::Constant(rows, cols, std::numeric_limits<S>::quiet_NaN());
}

}  // namespace eigenerate::testing
