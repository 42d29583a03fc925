#include "eigenerate/metrics/wasserstein_distance.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Wasserstein distances agree with SciPy's", "[golden]") {
  for (const Golden& c : load_golden("metrics/wasserstein_distance").cases()) {
    const auto x = c.list<double>("x"), y = c.list<double>("y");
    CHECK(std::abs(wasserstein_distance(x, y) - c.number("value")) < tolerance::golden * c.number("value"));
    CHECK(std::abs(wasserstein_distance(y, x) - wasserstein_distance(x, y)) < 1e-14);
  }
}

TEST_CASE("sets that are moved lie as far apart as they were moved") {
  const std::vector<double> x{3, 1, 2, 2}, moved{4.5, 2.5, 3.5, 3.5}, same{2, 3, 2, 1}, one{2};
  CHECK(std::abs(wasserstein_distance(x, moved) - 1.5) < 1e-15);
  CHECK(wasserstein_distance(x, same) == 0);
  CHECK(std::abs(wasserstein_distance(x, one) - 0.5) < 1e-15);
}

TEST_CASE("what a Wasserstein distance refuses") {
  const std::vector<double> x{1, 2}, none, bad{1, not_a_number<double>()};
  CHECK_THROWS_AS(wasserstein_distance(x, none), ConfigError);
  CHECK(contains(refusal<ConfigError>([&] { wasserstein_distance(bad, x); }), "nan"));
}
