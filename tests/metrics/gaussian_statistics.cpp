#include "eigenerate/metrics/gaussian_statistics.hpp"

#include "metrics/measure_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("statistics keep their digits far from zero") {
  Matrix<float> x(2, 4);
  x << 1, 2, 3, 4, 8388609, 8388610, 8388611, 8388613;
  const GaussianStatistics s = gaussian_statistics(x);
  CHECK(s.mean(1) == 8388610.75);
  CHECK(std::abs(s.covariance()(0, 0) - 5.0 / 3) < 1e-15);
  CHECK(std::abs(s.covariance()(0, 1) - 6.5 / 3) < 1e-15);
  CHECK(s.covariance()(1, 0) == s.covariance()(0, 1));
}

TEST_CASE("merged statistics are those of both sets") {
  const Matrix<float> x = normal_features(5, 3000, 1);
  GaussianStatistics merged;
  for (const auto& [first, count] : {std::pair{0, 7}, {7, 1}, {8, 2992}})
    merged.merge(gaussian_statistics(Matrix<float>(x.middleCols(first, count))));
  const GaussianStatistics all = gaussian_statistics(x);
  CHECK(merged.samples == 3000);
  CHECK((merged.mean - all.mean).norm() < 1e-14);
  CHECK((merged.scatter - all.scatter).norm() < 1e-12 * all.scatter.norm());
  merged.merge(GaussianStatistics{});
  CHECK(merged.samples == 3000);
  CHECK_THROWS_AS(merged.merge(gaussian_statistics(normal_features(4, 3, 1))), ShapeError);
}

TEST_CASE("statistics of nothing and of what is not finite are refused") {
  CHECK_THROWS_AS(gaussian_statistics(Matrix<float>(3, 0)), ShapeError);
  Matrix<float> x = normal_features(3, 4, 1);
  x(1, 2) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { gaussian_statistics(x); }), "feature 1 of sample 2"));
}
