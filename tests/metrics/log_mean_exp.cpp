#include "eigenerate/metrics/log_mean_exp.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/estimate.hpp"
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

TEST_CASE("a log mean of exponentials knows how many weights carry it, and its error", "[log mean exp]") {
  const auto of = [](std::initializer_list<double> xs) {
    LogMeanExp mean;
    for (const double x : xs) mean.add(x + 700);
    return mean;
  };
  CHECK(LogMeanExp{}.effective_count() == 0);
  CHECK(LogMeanExp{}.standard_error() == 0);
  CHECK(of({3}).standard_error() == 0);
  CHECK(std::abs(of({1, 1, 1}).effective_count() - 3) < 1e-12);
  CHECK(of({1, 1, 1}).standard_error() < 1e-7);
  CHECK(std::abs(of({0, -800, -800}).effective_count() - 1) < 1e-12);
  CHECK(std::abs(of({0, -800, -800}).standard_error() - 1) < 1e-12);
  // Weights 1, 2, 6 in any order: mean 3, variance 14/2.
  const double error = std::sqrt((4.0 + 1 + 9) / 2 / 3) / 3;
  for (const auto& w : {of({0, std::log(2.0), std::log(6.0)}), of({std::log(6.0), 0, std::log(2.0)})}) {
    CHECK(std::abs(w.effective_count() - 81.0 / 41) < 1e-12);
    CHECK(std::abs(w.standard_error() - error) < 1e-12);
  }
}

TEST_CASE("log means of exponentials join, in any order", "[log mean exp]") {
  const auto of = [](std::initializer_list<double> xs) {
    LogMeanExp mean;
    for (const double x : xs) mean.add(x);
    return mean;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const LogMeanExp whole = of({1, 900, 901, -infinity, 2});
  for (auto [a, b] :
       {std::pair{of({1, 900}), of({901, -infinity, 2})}, std::pair{of({901, 2, 1}), of({-infinity, 900})},
        std::pair{of({}), of({1, 900, 901, -infinity, 2})},
        std::pair{of({1, 900, 901, -infinity, 2}), of({})},
        std::pair{of({-infinity}), of({1, 900, 901, 2})}}) {
    a.add(b);
    CHECK(std::abs(a.value() - whole.value()) < 1e-12);
    CHECK(std::abs(a.effective_count() - whole.effective_count()) < 1e-12);
    CHECK(std::abs(a.standard_error() - whole.standard_error()) < 1e-12);
  }
}

TEST_CASE("the error of a log mean of exponentials is how it scatters", "[log mean exp]") {
  std::vector<double> values;
  double predicted = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Vector<double> x(500);
    fill_normal(x.data(), x.size(), RandomStream{seed});
    LogMeanExp mean;
    for (Index i = 0; i < x.size(); ++i) mean.add(0.8 * x(i));
    values.push_back(mean.value());
    predicted += mean.standard_error() / 400;
  }
  const Estimate e = mean_of(values);
  CHECK(std::abs(e.standard_error * std::sqrt(400.0) / predicted - 1) < 0.15);
  CHECK(std::abs(e.value + 0.5 * predicted * predicted - 0.32) < 5 * e.standard_error);
}
