#include "eigenerate/metrics/detail/distance_blocks.hpp"

#include "metrics/measure_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// All squared distances, references × queries; each place must be written once.
Matrix<double> all_distances(const Matrix<float>& queries, const Matrix<float>& references,
                             const Vector<double>& center) {
  Matrix<double> all = Matrix<double>::Constant(references.cols(), queries.cols(), -1);
  bool twice = false;
  detail::for_each_distance_block(queries, references, center,
                                  [&](Index query, Index first, std::span<const double> distances) {
                                    for (std::size_t j = 0; j < distances.size(); ++j) {
                                      double& place = all(first + static_cast<Index>(j), query);
                                      if (place != -1) twice = true;
                                      place = distances[j];
                                    }
                                  });
  CHECK_FALSE(twice);
  CHECK(all.minCoeff() >= 0);
  return all;
}

}  // namespace

TEST_CASE("distances are those of the differences, in blocks of any size") {
  for (const auto& [queries, references] :
       {std::pair<Index, Index>{1, 1}, {3, 2049}, {513, 2}, {1025, 2048}}) {
    CAPTURE(queries, references);
    const Matrix<float> x = normal_features(7, queries, 1), y = normal_features(7, references, 2);
    const Matrix<double> d = all_distances(x, y, detail::center_of(y));
    double worst = 0;
    for (Index q = 0; q < queries; ++q)
      for (Index r = 0; r < references; ++r)
        worst = std::max(
            worst, std::abs(d(r, q) - (x.col(q).cast<double>() - y.col(r).cast<double>()).squaredNorm()));
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("equal samples have no distance, far from zero or not, and both directions the same bits") {
  for (const float far : {0.0f, 1e4f}) {
    const Matrix<float> x = normal_features(9, 300, 1).array() + far,
                        y = normal_features(9, 200, 2).array() + far;
    const Vector<double> center = detail::center_of(x);
    CHECK(all_distances(x, x, center).diagonal().maxCoeff() == 0);
    const Matrix<double> there = all_distances(x, y, center), back = all_distances(y, x, center);
    CHECK(there == Matrix<double>(back.transpose()));
    CHECK(there.minCoeff() > 0);
  }
}
