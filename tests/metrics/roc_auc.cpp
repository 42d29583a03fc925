#include "eigenerate/metrics/roc_auc.hpp"

#include <limits>

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using testing::Golden;

TEST_CASE("roc_auc: the share of pairs in the right order, by hand", "[roc]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> normal{1, 2, 3, 3}, anomalous{2, 4, infinity};
  // 2: above 1, level with one of four; 4 and ∞ above all.
  CHECK(std::abs(roc_auc(normal, anomalous).value - (1.5 + 4 + 4) / 12) < 1e-15);
  CHECK(roc_auc(normal, std::vector<double>{5, 6}).value == 1);
  CHECK(roc_auc(normal, std::vector<double>{5, 6}).standard_error == 0);
  CHECK(roc_auc(normal, std::vector<double>{-infinity, 0}).value == 0);
  CHECK(roc_auc(std::vector<double>{7, 7}, std::vector<double>{7, 7, 7}).value == 0.5);
}

TEST_CASE("average_precision: precision at every anomalous sample, equal ones together", "[roc]") {
  // From the top: anomalous 9; a tie at 8 of one each; anomalous 5 behind normal 6.
  const std::vector<double> normal{8, 6, 1}, anomalous{9, 8, 5};
  CHECK(std::abs(average_precision(normal, anomalous) - (1.0 + 2.0 / 3 + 3.0 / 5) / 3) < 1e-15);
  CHECK(average_precision(std::vector<double>{1, 2}, std::vector<double>{3, 4}) == 1);
  // All equal: one threshold, which finds all.
  CHECK(average_precision(std::vector<double>{0, 0, 0}, std::vector<double>{0, 0}) == 0.4);
}

TEST_CASE("roc_auc and average_precision agree with their definitions by pairs and by thresholds",
          "[roc][golden]") {
  for (const Golden& c : testing::load_golden("metrics/roc_auc").cases()) {
    CAPTURE(c.path());
    const auto normal = c.list<double>("normal"), anomalous = c.list<double>("anomalous");
    const Estimate found = roc_auc(normal, anomalous);
    CHECK(std::abs(found.value - c.number("auc")) < 1e-12);
    CHECK(std::abs(found.standard_error - c.number("standard_error")) < 1e-12);
    CHECK(std::abs(average_precision(normal, anomalous) - c.number("average_precision")) < 1e-12);
  }
}

TEST_CASE("roc_auc's error is how it scatters over other samples", "[roc]") {
  std::vector<double> values;
  double predicted = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::vector<double> normal(60), anomalous(40);
    fill_normal(normal.data(), 60, RandomStream{seed}.lane(0));
    fill_normal(anomalous.data(), 40, RandomStream{seed}.lane(1));
    for (double& score : anomalous) score += 1;
    const Estimate e = roc_auc(normal, anomalous);
    values.push_back(e.value);
    predicted += e.standard_error / 400;
  }
  const Estimate e = mean_of(values);
  CHECK(std::abs(e.standard_error * std::sqrt(400.0) / predicted - 1) < 0.15);
  // Φ(1/√2), of two standard normal distributions a deviation apart.
  CHECK(std::abs(e.value - 0.760250) < testing::tolerance::standard_errors * e.standard_error);
}

TEST_CASE("roc_auc refuses scores that have no order", "[roc]") {
  const std::vector<double> two{1, 2}, one{1}, wrong{1, std::nan("")};
  support::refuses<ConfigError>([&] { roc_auc(two, one); }, {"roc_auc", "got 2 and 1"});
  support::refuses<ConfigError>([&] { roc_auc(wrong, two); }, {"roc_auc", "NaN"});
  support::refuses<ConfigError>([&] { average_precision(two, wrong); }, {"average_precision", "NaN"});
}
