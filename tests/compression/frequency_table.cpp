#include "eigenerate/compression/frequency_table.hpp"

#include <cmath>
#include <limits>

#include "eigenerate/testing/not_a_number.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

FrequencyTable table_of(const std::vector<double>& masses, int precision) {
  FrequencyTable table(static_cast<Index>(masses.size()), precision);
  std::copy(masses.begin(), masses.end(), table.masses().begin());
  table.update("Test");
  return table;
}

}  // namespace

TEST_CASE("a table shares its numbers out by mass, and leaves no level without") {
  // 2^4 numbers: one for each of 4 levels, and of the other 12 half, a quarter, a quarter and none.
  const FrequencyTable table = table_of({2, 1, 1, 0}, 4);
  CHECK(std::vector<std::uint32_t>(table.starts().begin(), table.starts().end()) ==
        std::vector<std::uint32_t>{0, 7, 11, 15, 16});
  // Any scale, as large and as small as a double.
  for (const double scale : {1e-300, 1.0, 1e300}) {
    const FrequencyTable scaled = table_of({2 * scale, scale, scale, 0}, 4);
    CHECK(std::equal(scaled.starts().begin(), scaled.starts().end(), table.starts().begin()));
  }
  CHECK(table_of({1, 0}, 31).starts()[1] == (std::uint32_t{1} << 31) - 1);
  CHECK(table_of({0, 1}, 31).starts()[1] == 1);
}

TEST_CASE("a table is near its distribution, however many levels there are") {
  for (const Index levels : {2, 256, 65536}) {
    CAPTURE(levels);
    FrequencyTable table(levels, 24);
    double total = 0;
    std::vector<double> masses;
    for (Index k = 0; k < levels; ++k) {
      masses.push_back(std::exp(-20 * RandomStream{1}.words(static_cast<std::uint64_t>(k))[0] / 0x1p32));
      total += masses.back();
    }
    std::copy(masses.begin(), masses.end(), table.masses().begin());
    table.update("Test");
    double longer = 0;  // than the entropy, in bits
    for (std::size_t k = 0; k < masses.size(); ++k) {
      REQUIRE(table.starts()[k + 1] > table.starts()[k]);
      const double p = masses[k] / total, coded = (table.starts()[k + 1] - table.starts()[k]) / 0x1p24;
      longer += p * std::log2(p / coded);
    }
    CHECK(longer >= 0);
    CHECK(longer <= -std::log2(1 - static_cast<double>(levels) / 0x1p24) + 1e-6);
  }
}

TEST_CASE("levels are popped as they were pushed") {
  const FrequencyTable table = table_of({1e-9, 5, 0, 0.25, 1, 1e-30}, 20);
  AnsMessage message;
  for (Index k = 0; k < table.levels(); ++k) table.push(message, k);
  for (Index k = table.levels(); k-- > 0;) CHECK(table.pop(message) == k);
  CHECK(message.bits() == 64);
}

TEST_CASE("what tables refuse") {
  support::refuses<ConfigError>([] { FrequencyTable(1, 24); }, {"levels", "1"});
  support::refuses<ConfigError>([] { FrequencyTable(9, 4); }, {"9", "2^4"});
  support::refuses<ConfigError>([] { FrequencyTable(2, 32); }, {"2^32"});
  for (const double bad : {testing::not_a_number<double>(), std::numeric_limits<double>::infinity(), -1.0})
    for (const std::size_t at : {0, 1, 2}) {
      std::vector<double> masses{1, 1, 3};
      masses[at] = bad;
      support::refuses<DivergenceError>([&] { table_of(masses, 8); }, {"Test", "3 levels"});
    }
  support::refuses<DivergenceError>([] { table_of({0, 0}, 8); }, {"sum"});
  AnsMessage message;
  for (const Index none : {-1, 2})
    support::refuses<ConfigError>([&] { FrequencyTable(2, 8).push(message, none); }, {"2 levels"});
}
