#include "eigenerate/metrics/anomaly_threshold.hpp"

#include <limits>
#include <numeric>

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

std::vector<double> up_to(int n) {
  std::vector<double> scores(static_cast<std::size_t>(n));
  std::iota(scores.rbegin(), scores.rend(), 1.0);  // the largest first
  return scores;
}

}  // namespace

TEST_CASE("anomaly_threshold: one of the scores, by its place", "[anomaly_threshold]") {
  CHECK(anomaly_threshold(up_to(99), 0.99) == 99);
  CHECK(anomaly_threshold(up_to(100), 0.99) == 100);
  CHECK(anomaly_threshold(up_to(199), 0.99) == 198);
  CHECK(anomaly_threshold(up_to(9), 0.5) == 5);
  CHECK(anomaly_threshold(up_to(19), 0.95) == 19);
  CHECK(anomaly_threshold(std::vector<double>{3, 3, 3}, 0.5) == 3);
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(anomaly_threshold(std::vector<double>{infinity, 1, 2}, 0.5) == 2);
}

TEST_CASE("anomaly_threshold keeps false alarms at what was asked for", "[anomaly_threshold]") {
  // Of many sets of 50, and a further sample each: the share above is 1 − 46/51.
  constexpr std::uint64_t sets = 20000;
  double above = 0;
  for (std::uint64_t set = 0; set < sets; ++set) {
    std::vector<double> scores(51);
    fill_normal(scores.data(), 51, RandomStream{set});
    above += scores.back() > anomaly_threshold(std::span(scores).first(50), 0.9);
  }
  const double expected = 1 - 46.0 / 51, error = std::sqrt(expected * (1 - expected) / sets);
  CHECK(std::abs(above / sets - expected) < 4 * error);
  CHECK(expected <= 0.1);
}

TEST_CASE("anomaly_threshold refuses what has no threshold", "[anomaly_threshold]") {
  refuses<ConfigError>([] { anomaly_threshold(up_to(98), 0.99); }, {"at least 99", "got 98"});
  refuses<ConfigError>([] { anomaly_threshold({}, 0.5); }, {"at least 1", "got 0"});
  for (const double quantile : {0.0, 1.0, -1.0, std::nan("")})
    refuses<ConfigError>([&] { anomaly_threshold(up_to(9), quantile); }, {"quantile in (0, 1)"});
  refuses<ConfigError>([] { anomaly_threshold(std::vector<double>{1, std::nan("")}, 0.5); }, {"NaN"});
}
