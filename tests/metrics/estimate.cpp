#include "eigenerate/metrics/estimate.hpp"

#include <vector>

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("a mean has the standard deviation by the root of n as its error") {
  const std::vector<double> x{1, 2, 3, 4};
  CHECK(mean_of(x).value == 2.5);
  CHECK(std::abs(mean_of(x).standard_error - std::sqrt(5.0 / 3 / 4)) < 1e-15);
  CHECK(mean_of(std::vector<double>{7}).value == 7);
  CHECK(mean_of(std::vector<double>{7}).standard_error == 0);
  CHECK(mean_of({}).value == 0);
}

TEST_CASE("a share has the binomial error") {
  CHECK(share_of(3, 4).value == 0.75);
  CHECK(std::abs(share_of(3, 4).standard_error - std::sqrt(0.75 * 0.25 / 4)) < 1e-15);
  CHECK(share_of(4, 4).standard_error == 0);
  CHECK(share_of(0, 0).value == 0);
}

TEST_CASE("the jackknife of a mean is the error of the mean") {
  const std::vector<double> x{1, 5, 2, 8, 3};
  std::vector<double> without;
  for (const double left_out : x) without.push_back((19 - left_out) / 4);
  CHECK(std::abs(jackknife_error(without) - mean_of(x).standard_error) < 1e-14);
  CHECK(jackknife_error({}) == 0);
}

TEST_CASE("an estimate in words") {
  CHECK(to_string(Estimate{12.345678, 0.0432}) == "12.35 ± 0.043");
}

TEST_CASE("95 of 100 intervals hold the true mean") {
  int holding = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    std::vector<double> x(200);
    fill_normal(x.data(), 200, RandomStream{seed});
    const Interval i = interval_95(mean_of(x));
    holding += i.low < 0 && 0 < i.high;
  }
  CHECK(std::abs(holding - 950) < 5 * std::sqrt(1000 * 0.95 * 0.05));
  CHECK(std::abs(interval_95({1, 2}).high - (1 + 2 * 1.959963984540054)) < 1e-14);
}
