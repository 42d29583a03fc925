#include "eigenerate/latent/latent_plane.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a grid on a latent plane has equal steps of probability", "[latent_plane]") {
  const auto plane = LatentPlane<double>::of_dimensions(4, 3, 1);
  const Matrix<double> z = plane.grid(5, 4);
  REQUIRE(z.rows() == 4);
  REQUIRE(z.cols() == 20);
  CHECK(z.row(0).isZero(0));
  CHECK(z.row(2).isZero(0));
  const auto below = [](double value) { return 0.5 * std::erfc(-value / std::sqrt(2.0)); };
  for (Index row = 0; row < 5; ++row)
    for (Index column = 0; column < 4; ++column) {
      const auto at = z.col(row * 4 + column);
      CHECK(std::abs(below(at(3)) - (static_cast<double>(column) + 0.5) / 4) < 1e-15);
      CHECK(std::abs(below(at(1)) - (static_cast<double>(row) + 0.5) / 5) < 1e-15);
    }
}

TEST_CASE("a latent plane lies where its vectors say", "[latent_plane]") {
  LatentPlane<float> plane;
  plane.origin = Vector<float>::Constant(3, 2);
  plane.across = Vector<float>::Unit(3, 0) * 10;
  plane.down = Vector<float>::Ones(3);
  const Matrix<float> z = plane.grid(3, 3);
  CHECK(z.col(4) == plane.origin);
  CHECK((z.col(5) - z.col(3)).isApprox(2 * static_cast<float>(normal_quantile(5.0 / 6)) * plane.across));
  CHECK((z.col(7) - z.col(1)).isApprox(2 * static_cast<float>(normal_quantile(5.0 / 6)) * plane.down));
}

TEST_CASE("latent planes that are none are refused", "[latent_plane]") {
  using support::refuses;
  const auto plane = [](Index a, Index b) { return [=] { LatentPlane<>::of_dimensions(3, a, b); }; };
  refuses<ConfigError>(plane(0, 3), {"LatentPlane", "3 latent dimensions", "0 and 3"});
  refuses<ConfigError>(plane(-1, 1), {"-1 and 1"});
  refuses<ConfigError>(plane(1, 1), {"1 and 1"});
  auto two = LatentPlane<>::of_dimensions(2, 0, 1);
  refuses<ConfigError>([&] { two.grid(0, 2); }, {"0 × 2"});
  two.down.resize(3);
  refuses<ShapeError>([&] { two.grid(2, 2); }, {"2, 2 and 3"});
}
