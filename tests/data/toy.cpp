#include "eigenerate/data/toy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using testing::tolerance::standard_errors;

namespace {

/// Checks a mixture against its centers: equal weights, means, and isotropic spread.
void check_mixture(const Dataset& dataset, const Matrix<float>& centers, double sigma) {
  REQUIRE(dataset.sample_shape() == Shape{2});
  REQUIRE(dataset.classes() == centers.cols());
  const double n = static_cast<double>(dataset.size()), share = 1 / static_cast<double>(centers.cols());
  Vector<double> counts = Vector<double>::Zero(centers.cols());
  Matrix<double> sums = Matrix<double>::Zero(2, centers.cols());
  Matrix<double> covariance = Matrix<double>::Zero(2, 2);
  for (Index i = 0; i < dataset.size(); ++i) {
    const Index k = dataset.label(i);
    const Vector<double> offset = (dataset.sample(i) - centers.col(k)).cast<double>();
    counts[k] += 1;
    sums.col(k) += offset;
    covariance += offset * offset.transpose() / n;
  }
  for (Index k = 0; k < centers.cols(); ++k) {
    CHECK(std::abs(counts[k] - n * share) < standard_errors * std::sqrt(n * share * (1 - share)));
    CHECK(sums.col(k).cwiseAbs().maxCoeff() / counts[k] < standard_errors * sigma / std::sqrt(counts[k]));
  }
  const double variance = sigma * sigma;
  CHECK(std::abs(covariance(0, 0) - variance) < standard_errors * variance * std::sqrt(2 / n));
  CHECK(std::abs(covariance(1, 1) - variance) < standard_errors * variance * std::sqrt(2 / n));
  CHECK(std::abs(covariance(0, 1)) < standard_errors * variance / std::sqrt(n));
}

/// Whether two datasets hold the same samples in the same order.
bool equal(const Dataset& a, const Dataset& b) {
  for (Index i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a.sample(i) != b.sample(i)) return false;
  return a.size() == b.size();
}

}  // namespace

TEST_CASE("toy: the ring has eight narrow modes on a circle") {
  const auto centers = data::ring_centers();
  REQUIRE(centers.cols() == 8);
  CHECK(centers.col(0) == Vector<float>{{2, 0}});
  CHECK((centers.colwise().norm().array() - 2.0f).abs().maxCoeff() < 1e-6f);
  CHECK(std::abs(centers(0, 1) - std::sqrt(2.0f)) < 1e-6f);
  CHECK(std::abs(centers(1, 2) - 2.0f) < 1e-6f);
  check_mixture(data::gaussian_ring(20'000), centers, 0.02);
  const data::RingOptions options{.modes = 3, .radius = 5, .sigma = 0.5, .seed = 4};
  check_mixture(data::gaussian_ring(20'000, options), data::ring_centers(options), 0.5);
}

TEST_CASE("toy: the grid has 25 narrow modes around the origin") {
  const auto centers = data::grid_centers();
  REQUIRE(centers.cols() == 25);
  CHECK(centers.col(0) == Vector<float>{{-4, -4}});
  CHECK(centers.col(1) == Vector<float>{{-2, -4}});
  CHECK(centers.col(12) == Vector<float>{{0, 0}});
  CHECK(centers.col(24) == Vector<float>{{4, 4}});
  check_mixture(data::gaussian_grid(20'000), centers, 0.05);
}

TEST_CASE("toy: the moons are scikit-learn's points") {
  // sklearn.datasets.make_moons(5, shuffle=False)
  const std::vector<std::array<float, 3>> expected{
      {1, 0, 0}, {-1, 0, 0}, {0, 0.5f, 1}, {1, -0.5f, 1}, {2, 0.5f, 1}};
  const Dataset moons = data::two_moons(5, {.seed = 2});
  REQUIRE(moons.size() == 5);
  REQUIRE(moons.classes() == 2);
  for (const auto& point : expected) {
    int here = 0;
    for (Index i = 0; i < moons.size(); ++i)
      here += std::abs(moons.sample(i)[0] - point[0]) < 1e-6f &&
              std::abs(moons.sample(i)[1] - point[1]) < 1e-6f && moons.label(i) == static_cast<int>(point[2]);
    CAPTURE(point[0], point[1], point[2]);
    CHECK(here == 1);
  }
}

TEST_CASE("toy: the moons come in random order and with the noise asked for") {
  const Dataset clean = data::two_moons(10'000), noisy = data::two_moons(10'000, {.noise = 0.1});
  CHECK(std::ranges::count(clean.take(1000).labels(), 1) > 400);
  CHECK(std::ranges::count(clean.take(1000).labels(), 1) < 600);
  double square = 0;
  for (Index i = 0; i < clean.size(); ++i)
    square += static_cast<double>((noisy.sample(i) - clean.sample(i)).squaredNorm());
  const double count = 20'000;
  CHECK(std::abs(square / count - 0.01) < standard_errors * 0.01 * std::sqrt(2 / count));
}

TEST_CASE("toy: the swiss roll is a spiral with a uniform angle") {
  const Dataset roll = data::swiss_roll(10'000);
  CHECK_FALSE(roll.has_labels());
  const double pi = std::numbers::pi;
  double sum = 0;
  for (Index i = 0; i < roll.size(); ++i) {
    const Vector<double> point = roll.sample(i).cast<double>();
    const double t = point.norm();
    REQUIRE(t > 1.5 * pi - 1e-5);
    REQUIRE(t < 4.5 * pi + 1e-5);
    // Rounding a coordinate of up to 4.5π to float moves the point, and with it t and its angle, by up to
    // 1e-6.
    REQUIRE((point - t * Vector<double>{{std::cos(t), std::sin(t)}}).norm() < 1e-4);
    sum += t;
  }
  const double n = static_cast<double>(roll.size());
  CHECK(std::abs(sum / n - 3 * pi) < standard_errors * 3 * pi / std::sqrt(12 * n));
}

TEST_CASE("toy: sets are seeded and refuse nonsense") {
  CHECK(equal(data::gaussian_ring(50, {.seed = 1}), data::gaussian_ring(50, {.seed = 1})));
  CHECK_FALSE(equal(data::gaussian_ring(50, {.seed = 1}), data::gaussian_ring(50, {.seed = 2})));
  CHECK_FALSE(equal(data::swiss_roll(50, {.seed = 1}), data::swiss_roll(50, {.seed = 2})));
  CHECK_FALSE(equal(data::two_moons(50, {.seed = 1}), data::two_moons(50, {.seed = 2})));
  CHECK_THROWS_AS(data::gaussian_ring(0), ConfigError);
  CHECK_THROWS_AS(data::gaussian_ring(5, {.modes = 0}), ConfigError);
  CHECK_THROWS_AS(data::gaussian_grid(5, {.side = 0}), ConfigError);
  CHECK_THROWS_AS(data::gaussian_grid(5, {.sigma = -1}), ConfigError);
  CHECK_THROWS_AS(data::two_moons(5, {.noise = -1}), ConfigError);
  CHECK_THROWS_AS(data::swiss_roll(-1), ConfigError);
}
