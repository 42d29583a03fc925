#pragma once
// Codes whose scores are known.

#include <cmath>
#include <vector>

#include "eigenerate/data/factors.hpp"
#include "support/golden.hpp"

namespace eigenerate::testing {

/// A golden's list of integers, factors × n.
inline data::Factors golden_factors(const Golden& c, const std::string& key, Index factors) {
  const std::vector<int> list = c.list<int>(key);
  return Eigen::Map<const data::Factors>(list.data(), factors, static_cast<Index>(list.size()) / factors);
}

/// Each factor as a number around 0, by itself in a row, and a row that never changes.
inline Matrix<double> aligned_codes(const data::Factors& factors) {
  Matrix<double> z = Matrix<double>::Constant(factors.rows() + 1, factors.cols(), 0.5);
  z.topRows(factors.rows()) = factors.cast<double>();
  return z;
}

/// Of four factors.
inline const std::vector<Index> factor_counts{4, 3, 5, 2};

/// Every row as much of each of the four factors as any other: by ±1, in a Hadamard matrix.
inline Matrix<double> mixed_codes(const data::Factors& factors) {
  Matrix<double> hadamard(4, 4);
  hadamard << 1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1;
  Matrix<double> scaled = factors.cast<double>();
  for (Index f = 0; f < 4; ++f) {  // to the same variance
    const auto values = static_cast<double>(factor_counts[static_cast<std::size_t>(f)]);
    scaled.row(f) *= std::sqrt(12 / (values * values - 1));
  }
  return hadamard * scaled;
}

}  // namespace eigenerate::testing
