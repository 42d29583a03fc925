#include "eigenerate/latent/latent_loop.hpp"

#include <numbers>

#include "metrics/measure_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("a loop comes by its stations, and turns nowhere abruptly") {
  for (const Index n : {1, 2, 3, 7}) {
    CAPTURE(n);
    const Matrix<float> stations = normal_features(4, n, 3);
    const Index steps = 200;
    const Matrix<float> z = latent_loop(stations, steps);
    REQUIRE(z.cols() == n * steps);
    for (Index i = 0; i < n; ++i) CHECK(z.col(i * steps) == stations.col(i));
    for (Index i = 0; i < z.cols(); ++i) {
      const auto at = [&](Index j) { return z.col((j + z.cols()) % z.cols()); };
      // Second differences: the curvature, nowhere that of a corner, which would be as large as a step.
      CHECK((at(i + 1) - 2 * at(i) + at(i - 1)).norm() < 1e-3f);
      CHECK((at(i + 1) - at(i)).norm() < 0.05f);
    }
  }
  CHECK(latent_loop(normal_features(4, 5, 3), 1) == normal_features(4, 5, 3));
}

TEST_CASE("the points between stations are those of the spline") {
  // Halfway: (9 (here + next) − before − after) / 16, from the polynomial at t = 1/2.
  const Matrix<float> stations = normal_features(3, 6, 8), z = latent_loop(stations, 2);
  for (Index i = 0; i < 6; ++i) {
    const Vector<float> expected = (9 * (stations.col(i) + stations.col((i + 1) % 6)) -
                                    stations.col((i + 5) % 6) - stations.col((i + 2) % 6)) /
                                   16;
    CHECK((z.col(2 * i + 1) - expected).norm() < 1e-6f);
  }
  // Stations on a circle: nearly a circle, at a nearly steady pace.
  Matrix<float> circle(2, 16);
  for (Index i = 0; i < 16; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / 16;
    circle.col(i) << static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle));
  }
  const Matrix<float> round = latent_loop(circle, 10);
  for (Index i = 0; i < round.cols(); ++i) {
    CHECK(std::abs(round.col(i).norm() - 1) < 2e-3f);
    const float step = (round.col((i + 1) % round.cols()) - round.col(i)).norm();
    CHECK(std::abs(step * 160 / (2 * std::numbers::pi_v<float>)-1) < 0.06f);
  }
}

TEST_CASE("a loop without stations or steps is refused") {
  for (const auto& [latent, n, steps] : {std::tuple<Index, Index, Index>{0, 5, 1}, {2, 0, 1}, {2, 5, 0}}) {
    const auto message = refusal<ConfigError>([latent = latent, n = n, steps = steps] {
      (void)latent_loop(Matrix<float>::Zero(latent, n), steps);
    });
    CHECK(contains(message, "latent_loop: expected at least one station"));
  }
}
