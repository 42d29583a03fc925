#include "eigenerate/metrics/bits_per_dimension.hpp"

#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a uniform distribution of levels costs their logarithm, however it is said") {
  // Of the levels themselves, and as a density on (0, 1) and on (−1, 1).
  const Index d = 784;
  const Estimate of_levels = bits_per_dimension({d * std::log(256.0), 2.0}, d);
  CHECK(std::abs(of_levels.value - 8) < 1e-12);
  CHECK(std::abs(of_levels.standard_error - 2 / (784 * std::log(2.0))) < 1e-15);
  CHECK(std::abs(bits_per_dimension({0, 0}, d, 1.0 / 256).value - 8) < 1e-12);
  CHECK(std::abs(bits_per_dimension({d * std::log(2.0), 0}, d, 2.0 / 256).value - 8) < 1e-12);
}

TEST_CASE("what bits per dimension refuse") {
  support::refuses<ConfigError>([] { bits_per_dimension({1, 0}, 0); }, {"dimension"});
  support::refuses<ConfigError>([] { bits_per_dimension({1, 0}, 3, 0); }, {"width"});
}
