#include "eigenerate/metrics/nearest_neighbors.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("nearest neighbors agree with SciPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/nearest_neighbors").cases()) {
    const NearestNeighbors n =
        nearest_neighbors(c.batch<float>("generated"), c.batch<float>("train"), c.batch<float>("held_out"));
    CHECK(n.neighbor == c.list<Index>("neighbor"));
    CHECK(n.distances[3] == 0);
    CHECK(std::abs(n.distance.value - c.number("distance")) < tolerance::golden);
    CHECK(std::abs(n.distance.standard_error - c.number("distance_error")) < tolerance::golden);
    CHECK(std::abs(n.real_distance.value - c.number("real_distance")) < tolerance::golden);
    CHECK(std::abs(n.closer.value - c.number("closer")) < tolerance::golden);
  }
}

TEST_CASE("copies are told from new samples") {
  const Matrix<float> train = normal_features(6, 800, 1), held_out = normal_features(6, 400, 2);
  const Estimate fresh = nearest_neighbors(normal_features(6, 500, 3), train, held_out).closer;
  CHECK(std::abs(fresh.value - 0.5) < tolerance::standard_errors * fresh.standard_error);
  CHECK(std::abs(fresh.standard_error - std::sqrt((500 + 400 + 1) / (12.0 * 500 * 400))) < 0.002);
  const NearestNeighbors copies = nearest_neighbors(Matrix<float>(train.leftCols(100)), train, held_out);
  CHECK(copies.distance.value == 0);
  CHECK(copies.closer.value == 1);
  CHECK(nearest_neighbors(scaled(3, held_out), train, held_out).closer.value < 0.2);
}

TEST_CASE("neighbors are found in every block of the training data, and equal distances count by half") {
  const Matrix<float> train = normal_features(5, 4500, 1), held_out = normal_features(5, 60, 2);
  for (const Index first : {0, 2040, 4440}) {
    const NearestNeighbors n = nearest_neighbors(Matrix<float>(train.middleCols(first, 60)), train, held_out);
    for (Index i = 0; i < 60; ++i) CHECK(n.neighbor[static_cast<std::size_t>(i)] == first + i);
  }
  CHECK(std::abs(nearest_neighbors(held_out, train, held_out).closer.value - 0.5) < tolerance::golden);
}

TEST_CASE("what nearest neighbors refuse, and their threads") {
  const Matrix<float> held_out = normal_features(4, 9, 4);
  const auto measure = [&](const auto& a, const auto& b) { nearest_neighbors(a, b, held_out); };
  check_refusals("nearest_neighbors", 1, measure, "generated", "train");
  const auto with_held_out = [&](const auto& a, const auto& b) { nearest_neighbors(b, b, a); };
  CHECK_THROWS_AS(with_held_out(Matrix<float>(4, 0), held_out), ShapeError);
  CHECK_THROWS_AS(with_held_out(normal_features(3, 5, 1), held_out), ShapeError);
  const Matrix<float> x = normal_features(10, 2600, 1), y = normal_features(10, 1100, 2);
  check_same_bits([&] {
    const NearestNeighbors n = nearest_neighbors(y, x, normal_features(10, 700, 3));
    return std::vector{n.distance.value, n.real_distance.value, n.closer.value, n.closer.standard_error};
  });
}
