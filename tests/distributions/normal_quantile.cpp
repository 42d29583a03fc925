#include "eigenerate/distributions/normal_quantile.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("so much of the normal distribution lies below its quantile", "[normal_quantile]") {
  // scipy.stats.norm.ppf
  CHECK(normal_quantile(0.5) == 0);
  CHECK(std::abs(normal_quantile(0.975) - 1.959963984540054) < 1e-14);
  CHECK(std::abs(normal_quantile(0.1) + 1.2815515655446004) < 1e-14);
  CHECK(std::abs(normal_quantile(1e-9) + 5.997807015007686) < 1e-13);
  CHECK(std::abs(normal_quantile(1e-200) + 30.20559417957964) < 1e-13);
  for (int i = 1; i < 400; ++i) {
    const double u = i / 400.0;
    CHECK(std::abs(0.5 * std::erfc(-normal_quantile(u) / std::sqrt(2.0)) - u) < 1e-15);
    CHECK(std::abs(normal_quantile(u) + normal_quantile(1 - u)) < 1e-14);
  }
}

TEST_CASE("shares that are none have no quantile", "[normal_quantile]") {
  using support::refuses;
  for (const double u : {0.0, 1.0, -0.1, 1.5}) refuses<ConfigError>([&] { normal_quantile(u); }, {"(0, 1)"});
  refuses<ConfigError>([&] { normal_quantile(std::nan("")); }, {"(0, 1)", "nan"});
}
