#include "eigenerate/metrics/log_mean_exp.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("the log of a mean of exponentials never overflows", "[log mean exp]") {
  const auto of = [](std::initializer_list<double> xs) {
    LogMeanExp mean;
    for (const double x : xs) mean.add(x);
    return mean.value();
  };
  CHECK(of({0}) == 0);
  CHECK(std::abs(of({std::log(1.0), std::log(2.0), std::log(6.0)}) - std::log(3.0)) < 1e-15);
  CHECK(std::abs(of({-1000, -1000}) + 1000) < 1e-12);
  CHECK(std::abs(of({1000, 0}) - (1000 - std::log(2.0))) < 1e-12);
  CHECK(std::abs(of({0, 1000}) - (1000 - std::log(2.0))) < 1e-12);
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(std::abs(of({-infinity, 0}) + std::log(2.0)) < 1e-15);
  CHECK(of({-infinity, -infinity}) == -infinity);
}
