#include "eigenerate/metrics/latent_path.hpp"

#include <numbers>

#include "eigenerate/testing/gradient_check.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("latent paths are those of NumPy", "[latent_path][golden]") {
  for (const Golden& c : load_golden("metrics/latent_path").cases()) {
    CAPTURE(c.path());
    const Vector<double> from = c.batch<double>("from").col(0), to = c.batch<double>("to").col(0);
    const auto path = [&](LatentPath which) {
      return latent_path<double>(which, from, to, c.integer("steps"));
    };
    CHECK(relative_error(path(LatentPath::straight), c.batch<double>("straight")) < tolerance::golden);
    CHECK(relative_error(path(LatentPath::spherical), c.batch<double>("spherical")) < tolerance::golden);
  }
}

TEST_CASE("spherical paths keep the length of what they join, and turn at a steady angle", "[latent_path]") {
  const Vector<double> a = Vector<double>::Unit(3, 0) * 2, b = Vector<double>::Unit(3, 1) * 2;
  for (const double t : {0.0, 0.3, 0.5, 1.0}) {
    const Vector<double> at = latent_point(LatentPath::spherical, a, b, t);
    CHECK(std::abs(at.norm() - 2) < 1e-14);
    CHECK(std::abs(std::atan2(at(1), at(0)) - t * std::numbers::pi / 2) < 1e-14);
  }
  CHECK(std::abs(latent_point(LatentPath::straight, a, b, 0.5).norm() - std::sqrt(2.0)) < 1e-14);
}

TEST_CASE("latent paths end where they should, to the bit", "[latent_path]") {
  Vector<float> a(5), b(5);
  fill_normal(a.data(), 5, RandomStream{1});
  fill_normal(b.data(), 5, RandomStream{2});
  for (const LatentPath which : {LatentPath::spherical, LatentPath::straight}) {
    const Matrix<float> path = latent_path<float>(which, a, b, 4);
    CHECK(path.col(0) == a);
    CHECK(path.col(3) == b);
  }
}

TEST_CASE("vectors of two sizes, and a path of one step, are refused", "[latent_path]") {
  const Vector<double> two = Vector<double>::Ones(2), three = Vector<double>::Ones(3);
  CHECK_THROWS_AS(latent_point(LatentPath::straight, two, three, 0.5), ShapeError);
  CHECK_THROWS_AS(latent_path<double>(LatentPath::spherical, three, two, 4), ShapeError);
  CHECK_THROWS_AS(latent_path<double>(LatentPath::spherical, two, two, 1), ConfigError);
}

TEST_CASE("where no sphere says the way, the path is straight", "[latent_path]") {
  Vector<double> a = Vector<double>::LinSpaced(4, -1, 2), zero = Vector<double>::Zero(4);
  const auto is_straight = [](const Vector<double>& from, const Vector<double>& to) {
    for (const double t : {0.0, 0.25, 0.5, 1.0})
      if (latent_point(LatentPath::spherical, from, to, t) != latent_point(LatentPath::straight, from, to, t))
        return false;
    return true;
  };
  CHECK(is_straight(a, a));
  CHECK(is_straight(a, 3 * a));
  CHECK(is_straight(a, -a));
  CHECK(is_straight(a, -0.5 * a));
  CHECK(is_straight(a, zero));
  CHECK(is_straight(zero, a));
  CHECK(is_straight(zero, zero));
  // Just beside: both ways nearly agree, and nothing blows up.
  for (const double turn : {1e-7, 1e-5, std::numbers::pi - 1e-5, std::numbers::pi - 1e-7}) {
    const Vector<double> u = Vector<double>::Unit(2, 0), v{{std::cos(turn), std::sin(turn)}};
    for (const double t : {0.2, 0.5, 0.9})
      CHECK(latent_point(LatentPath::spherical, u, v, t).norm() < 1 + 1e-9);
  }
}
